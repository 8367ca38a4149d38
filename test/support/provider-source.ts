/** Before all suites: where Terraform gets its providers is decided once, and not by each process of each test. */
import { findTerraform } from '../../ops/terraform/binary.ts';
import { providerSource } from '../../ops/terraform/provider-source.ts';

export default async function setup(): Promise<void> {
  const { configFile } = await providerSource(process.env, findTerraform(process.env) ?? 'terraform');
  if (configFile !== null) process.env.TF_CLI_CONFIG_FILE = configFile;
}
