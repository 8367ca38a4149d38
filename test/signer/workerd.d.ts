/** The package has no types of its own. */
declare module 'workerd' {
  /** Path of the program. */
  const workerd: string;
  export default workerd;
}
