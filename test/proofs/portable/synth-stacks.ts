/**
 * `synth-stacks.ts <outdir>`: every stack that can be named on the command line, and the environment with every
 * option on, with whichever CDK is installed.
 */
import { parseEnvironment } from '../../../envs/config.ts';
import { keysDirectory } from '../../../envs/environments.ts';
import { readTrustedKeys } from '../../../envs/keys.ts';
import { synthesize, synthesizeState } from '../../../envs/synth.ts';
import { targetNamed, targetNames } from '../../../ops/terraform/targets.ts';
import { maximum } from '../../envs/maximum.ts';

const outdir = process.argv[2];
if (outdir === undefined) throw new TypeError('an output directory was not named');
for (const name of targetNames()) targetNamed(name).synthesize(outdir);

const config = parseEnvironment(maximum);
synthesize({ config, keys: readTrustedKeys(keysDirectory(config.environment)), outdir });
synthesizeState({ config, outdir });
