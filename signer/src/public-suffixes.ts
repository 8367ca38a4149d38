/**
 * Public suffixes with a dot in them: names under which anybody registers, so that browsers take no cookie for them.
 *
 * The common ones of the list at https://publicsuffix.org/list/, whose more than 9,000 rules would be most of this package;
 * compared with the list as tldts 7.6.0 has it, on 30 November 2026. It saves a search for cookies that never come; a
 * suffix that is missing here is refused by the browser all the same.
 */

/** Under top-level domains of countries: the labels that registries sell names below. */
const REGISTRIES: Readonly<Record<string, string>> = {
  ar: 'com edu gob gov net org',
  au: 'asn com edu gov id net org',
  br: 'app art blog com edu eco gov net org tv',
  cn: 'ac com edu gov net org',
  co: 'com edu gov net org',
  eg: 'com edu gov net org',
  hk: 'com edu gov net org',
  id: 'ac co go or sch web',
  il: 'ac co gov net org',
  in: 'ac co edu firm gen gov ind net org',
  jp: 'ac ad co ed go gr lg ne or',
  ke: 'ac co go ne or',
  kr: 'ac co go ne or pe re',
  mx: 'com edu gob net org',
  my: 'com edu gov net org',
  ng: 'com edu gov net org',
  nz: 'ac co geek gen govt iwi kiwi maori net org school',
  pe: 'com edu gob net org',
  ph: 'com edu gov net org',
  pk: 'com edu gov net org',
  pl: 'com edu gov info net org',
  pt: 'com edu gov org',
  sa: 'com edu gov net org',
  sg: 'com edu gov net org',
  th: 'ac co go in or',
  tr: 'av com edu gen gov k12 name net org web',
  tw: 'club com edu game gov idv net org',
  ua: 'com edu gov in net org',
  uk: 'ac co gov ltd me net nhs org plc police',
  uy: 'com edu gub net org',
  ve: 'co com edu gob net org',
  vn: 'com edu gov net org',
  za: 'ac co gov net org web',
};

/** Of companies whose customers get a name each. */
const HOSTING = `
  amplifyapp.com cloudfront.net elasticbeanstalk.com s3.amazonaws.com
  azureedge.net azurestaticapps.net azurewebsites.net cloudapp.net trafficmanager.net
  appspot.com firebaseapp.com web.app
  github.io githubusercontent.com gitlab.io readthedocs.io
  pages.dev workers.dev vercel.app vercel.dev netlify.app now.sh
  herokuapp.com fly.dev onrender.com deno.dev surge.sh ondigitalocean.app
  ngrok.app ngrok.dev ngrok.io ngrok-free.app ngrok-free.dev
  myshopify.com wixsite.com webflow.io
`;

export const PUBLIC_SUFFIXES: ReadonlySet<string> = new Set([
  ...Object.entries(REGISTRIES).flatMap(([top, labels]) =>
    labels.split(' ').map((label) => `${label}.${top}`),
  ),
  ...HOSTING.trim().split(/\s+/),
]);
