/** `--yes`, which every command that asks has: Terraform's own word for it depends on its command. Pure. */

/** Terraform's flags in place of `--yes`; others stay as they are. @param command - of Terraform, as in `apply` */
export function withApproval(command: string, flags: readonly string[]): string[] {
  const approval = command === 'force-unlock' ? '-force' : '-auto-approve';
  const own = flags.map((flag) => (/^--?yes$/.test(flag) ? approval : flag));
  // Once: Terraform takes it twice, and a person may have typed both.
  return own.filter((flag, index) => flag !== approval || own.indexOf(approval) === index);
}
