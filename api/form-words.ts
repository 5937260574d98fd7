/**
 * What a value has to look like, in words: for the patterns and formats of the schemas, so that no answer shows a regular
 * expression. The one place for all routes; a test compares it with the API's own description.
 */

const NAME = '1 to 60 letters, digits, dots, dashes, slashes or underscores, a letter or digit first';

const patterns: { readonly [pattern: string]: string } = {
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$':
    'an id of the API: a UUID in lower case, such as 2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab',
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\.[1-9]$':
    'the id of a repair: that of its claim, a dot and a digit, such as 7a1d4c1e-5a1b-8c3d-9e4f-0123456789ab.1',
  '^[0-9a-f]{40}$': 'an id of 40 hex digits in lower case',
  '^[0-9a-f]{64}$': 'a SHA-256: 64 hex digits in lower case',
  '^[0-9]{1,20}$': 'an account number: digits only, such as 10000017',
  '^EC[0-9]{1,20}$': 'the number of a certificate, such as EC10000017',
  '^[A-Z]{3}$': 'an ISO 4217 code of three capital letters, such as CNY',
  '^[A-Z]{2}(-[A-Z0-9]{1,3})?$': 'an ISO 3166-2 code, such as CN-GD, or the code of a country alone, such as CN',
  '^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}$': NAME,
  '^[A-Za-z0-9][A-Za-z0-9._/-]{0,59}(,[A-Za-z0-9][A-Za-z0-9._/-]{0,59}){0,49}$': `up to 50 names with commas between them, each of ${NAME}`,
  '^[a-z]+(,[a-z]+){0,4}$': 'up to five words in lower case with commas between them, such as model,month',
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$': '1 to 40 letters, digits, dots, dashes or underscores, a letter or digit first',
  '^[A-Za-z0-9._-]{1,60}$': '1 to 60 letters, digits, dots, dashes or underscores',
  '^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$':
    '1 to 100 letters, digits, dots, dashes, underscores, colons, slashes or plus signs, a letter or digit first',
  '^[a-z0-9][a-z0-9-]{0,62}$': '1 to 63 lower-case letters, digits or dashes, no dash first',
  '^[a-z0-9][a-z0-9-]{0,39}$': '1 to 40 lower-case letters, digits or dashes, no dash first',
  '^[a-z][A-Za-z]{1,59}$': 'a code of 2 to 60 letters, a small one first, such as photoOfPlate',
  '^[a-z][A-Za-z]{1,39}$': 'a code of 2 to 40 letters, a small one first, such as unpaidInvoice',
  '^[A-Za-z]{1,40}$': 'the name of a state, such as deciding',
  '^[0-9]{1,12}(\\.[0-9]{1,3})?$': 'a number with at most three decimals, such as 1200.5',
  '^\\d{4}-\\d{2}-\\d{2}$': 'a day, such as 2027-03-10',
  '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$': 'a time of day from 00:00 to 24:00, such as 09:30',
  '^P(?!$)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+(\\.\\d{1,3})?S)?)?$':
    'an ISO 8601 duration, such as P14D or PT8H',
  '^P(?!$)(\\d{1,3}Y)?(\\d{1,4}M)?(\\d{1,4}W)?(\\d{1,6}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,8}M)?(\\d{1,9}(\\.\\d{1,3})?S)?)?$':
    'an ISO 8601 duration, such as P90D or PT8H',
  '^[+0-9][0-9 ()/.-]{4,39}$': 'a phone number: digits, spaces and ( ) / . - after a plus sign or digit',
  '^[^\\u0000-\\u001f\\u007f]*$': 'one line, without control characters',
  '^[\\x21-\\x7e]{8,255}$': '8 to 255 visible ASCII characters',
};

const formats: { readonly [format: string]: string } = {
  date: 'a day, such as 2027-03-10',
  'date-time': 'an instant with its offset from UTC, such as 2027-03-10T16:00:00Z or 2027-03-11T00:00:00+08:00',
  email: 'a mail address',
  currency: 'the ISO 4217 code of a currency, such as CNY',
};

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Of the format `currency`. */
export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

/** Completes "must be"; undefined for a pattern that has no words. */
export function patternInWords(pattern: string): string | undefined {
  const [, digits] = /^\^\[1-9\]\[0-9\]\{0,(\d+)\}\$$/.exec(pattern) ?? [];
  if (digits !== undefined) return `a whole number from 1, of ${Number(digits) + 1} digits at most`;
  return patterns[pattern];
}

/** The same for a format. */
export function formatInWords(format: string): string | undefined {
  return formats[format];
}
