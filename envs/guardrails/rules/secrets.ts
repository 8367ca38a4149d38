/** Secrets: their values are in no state, no plan and no file of this repository. */

import type { Part } from '../../../aws/stack/stack-graph.ts';
import { referencesIn, soleReference, textsIn, variablesIn } from '../../../aws/stack/template.ts';
import { nameOf } from '../part.ts';
import { type Rule, show } from '../rule.ts';

const SECRET_ARGUMENTS = ['secret_string', 'secret_binary'];
/** Resources whose secret part Terraform keeps in its state. */
const GENERATORS = ['tls_private_key', 'random_password', 'aws_iam_access_key', 'aws_iam_user_login_profile'];
/** Data sources that answer with something secret, or with whatever an object holds. */
const SECRET_SOURCES = new Set(
  [
    'codeartifact_authorization_token',
    'cognito_user_pool_client',
    'ecr_authorization_token',
    'ecrpublic_authorization_token',
    'eks_cluster_auth',
    'elasticache_user',
    'kms_secret',
    'kms_secrets',
    'lambda_invocation',
    's3_bucket_object',
    's3_object',
    'secretsmanager_random_password',
    'secretsmanager_secret_version',
  ].map((name) => `aws_${name}`),
);
/** These decrypt unless they are told not to. */
const DECRYPTING_SOURCES = ['aws_ssm_parameter', 'aws_ssm_parameters_by_path'];
export const SECRET_ATTRIBUTES =
  /^(?:secret_string|secret_binary|secret|private_key(?:_pem)?|ses_smtp_password_v4|result|password)$/;
/** Armour of a private key, and an AWS access key id. */
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/;
const SECRET_NAME = /^(?:(?:.*_)?(?:password|passwd|private_key|secret_key|api_key|auth_token)|token)$/i;
const LEAST_RECOVERY_DAYS = 7;

export const secretRules: readonly Rule[] = [
  {
    id: 'secret-write-only',
    title: 'secret values are written by write-only arguments',
    why: 'secret_string is kept in plain text in the state and in every plan file',
    check: ({ graph }) =>
      graph.ofType('aws_secretsmanager_secret_version').flatMap(({ address, block }) =>
        SECRET_ARGUMENTS.filter((argument) => block[argument] !== undefined).map((argument) => ({
          address,
          part: { argument },
          found: argument,
          wanted: 'secret_string_wo and secret_string_wo_version',
        })),
      ),
  },
  {
    id: 'secret-ephemeral-variable',
    title: 'variables that carry secrets are ephemeral, sensitive and empty by default',
    why: 'the value of any other variable is written into the plan file; "sensitive" only hides it on the screen',
    check: ({ graph }) => {
      const carriers = new Set(
        graph
          .ofType('aws_secretsmanager_secret_version')
          .flatMap(({ block }) => variablesIn([block.secret_string_wo, block.secret_string])),
      );
      return graph.variables
        .filter(({ address }) => carriers.has(address.replace('variable.', '')))
        .flatMap(({ address, block }) => [
          ...['ephemeral', 'sensitive']
            .filter((argument) => block[argument] !== true)
            .map((argument) => ({
              address,
              part: { argument },
              found: `${argument} ${show(block[argument])}`,
              wanted: `${argument} true`,
            })),
          ...(block.default === undefined || block.default === ''
            ? []
            : [
                {
                  address,
                  part: { argument: 'default' },
                  found: 'a default',
                  wanted: 'none, or the empty string',
                },
              ]),
        ]);
    },
  },
  {
    id: 'secret-prod-owner',
    title: 'Terraform never writes a secret’s value in prod',
    why: 'two owners of one value overwrite each other: an apply would replace a rotated key by the old one',
    check: ({ graph, environment }) =>
      graph
        .ofType('aws_secretsmanager_secret_version')
        .filter(() => environment === 'prod')
        .map(({ address }) => ({
          address,
          found: 'a value managed by Terraform',
          wanted: 'signingSecretValue "keys": the key commands own it',
        })),
  },
  {
    id: 'secret-prod-recovery',
    title: 'a secret that is deleted in prod can be restored for at least a week',
    why: 'the signing key exists nowhere else: if it is deleted at once, no viewer can watch until a new key is rotated in',
    check: ({ graph, environment }) =>
      graph
        .ofType('aws_secretsmanager_secret')
        .filter(
          ({ block: { recovery_window_in_days: days } }) =>
            environment === 'prod' && typeof days === 'number' && days < LEAST_RECOVERY_DAYS,
        )
        .map(({ address, block }) => ({
          address,
          found: `recovery_window_in_days ${show(block.recovery_window_in_days)}`,
          wanted: `at least ${LEAST_RECOVERY_DAYS}`,
        })),
  },
  {
    id: 'secret-no-plaintext',
    title: 'no secret is in the stack',
    why: 'cdk.tf.json is cached, uploaded by CI and copied to colleagues, so treat any secret that was in it as leaked',
    checkov: ['CKV_AWS_45', 'CKV_AWS_384'],
    check: ({ graph }) => {
      const parts: readonly Part[] = [
        ...graph.resources,
        ...graph.outputs,
        ...graph.variables,
        { address: 'locals', block: { locals: graph.json.locals } },
      ];
      return parts.flatMap(({ address, block }) =>
        textsIn(block)
          .filter(
            ({ key, text }) =>
              SECRET_TEXT.test(text) || (SECRET_NAME.test(key) && text !== '' && !text.includes('${')),
          )
          .map(({ key, text, path }) => ({
            address,
            part: { argument: nameOf(path) },
            found: `${key}: ${SECRET_TEXT.test(text) ? 'a private key or access key id' : 'a literal value'}`,
            wanted: 'an ephemeral variable, or no value: treat the value that was here as leaked',
          })),
      );
    },
  },
  {
    id: 'secret-not-generated',
    title: 'Terraform generates no secret',
    why: 'Terraform keeps what it generates in its state; the key commands or KMS make keys instead',
    check: ({ graph }) =>
      graph.ofType(...GENERATORS).map(({ address, type }) => ({
        address,
        found: type,
        wanted: 'a key made outside Terraform, a KMS key, or a role instead of a user’s key',
      })),
  },
  {
    id: 'secret-not-read',
    title: 'no data source brings a secret, or anything from outside AWS, into the state',
    why: 'what a data source reads is kept in plain text in the state and in every plan file, also for people who may not read it in AWS',
    check: ({ graph }) =>
      graph.dataSources.flatMap(({ address, type, block }) => {
        if (!type.startsWith('aws_')) {
          return [{ address, found: type, wanted: 'a value in envs/, or a data source of AWS' }];
        }
        if (SECRET_SOURCES.has(type)) {
          return [
            {
              address,
              found: type,
              wanted: 'the secret’s name or ARN: the program that needs the value reads it',
            },
          ];
        }
        return DECRYPTING_SOURCES.includes(type) && block.with_decryption !== false
          ? [
              {
                address,
                found: `with_decryption ${show(block.with_decryption)}`,
                wanted: 'with_decryption false',
              },
            ]
          : [];
      }),
  },
  {
    id: 'secret-not-in-output',
    title: 'no Terraform output holds a secret',
    why: 'outputs are kept in the state and shown at the end of every apply; "sensitive" only hides them on the screen',
    check: ({ graph }) => {
      const secret = new Set(
        graph.variables
          .filter(({ block }) => block.sensitive === true || block.ephemeral === true)
          .map(({ address }) => address.replace('variable.', '')),
      );
      return graph.outputs
        .filter(
          ({ block: { value } }) =>
            variablesIn(value).some((name) => secret.has(name)) ||
            referencesIn(value).some(({ attribute }) => SECRET_ATTRIBUTES.test(attribute)),
        )
        .map(({ address, block }) => ({
          address,
          found: soleReference(block.value) ? show(block.value) : 'an expression with a secret in it',
          wanted: 'the secret’s ARN or name',
        }));
    },
  },
];
