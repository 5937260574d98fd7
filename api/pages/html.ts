/** Pages without script: a template tag that escapes what it is given, and the frame that all pages share. */

/** Markup that is known to be safe. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | number | Html | null | undefined | readonly Content[];

/** Escapes every value but {@link Html}. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.map((part, index) => part + (index < values.length ? rendered(values[index]) : '')).join(''));
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function rendered(value: Content): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return (value as readonly Content[]).map(rendered).join('');
  return String(value as string | number).replace(/[&<>"']/g, (character) => escapes[character]!);
}

const style = new Html(`
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.125rem; margin-top: 2rem; }
  dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .25rem 1.5rem; }
  dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
  .amount { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
  .reference { font-family: ui-monospace, monospace; font-size: 1.125rem; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; }
  th, td { padding: .25rem .75rem .25rem 0; text-align: right; border-bottom: 1px solid #8886; }
  th:first-child, td:first-child { text-align: left; }
  .wide { overflow-x: auto; } svg { width: 100%; height: auto; font-size: 12px; fill: currentColor; stroke: none; }
  .bar { fill: #3572b0; } .bounds { stroke: currentColor; stroke-width: 1.5; }
  footer { margin-top: 3rem; font-size: .875rem; opacity: .75; }
  @media print { body { margin: 0; } }
`);

/** A whole page. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.text;
}

/** Terms and their descriptions; a row without a value is left out. */
export function rows(...entries: readonly (readonly [string, Content])[]): Html {
  return html`<dl>
    ${entries
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
  </dl>`;
}

/** `CNY 12,000.00`: as many decimals as the currency has. */
export function money(minorUnits: number, currency: string): string {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const whole = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${currency} ${whole.format(minorUnits / 10 ** digits)}`;
}

/** An instant as a date and time in a zone, with the zone named. */
export function dateTime(instant: string, timeZone: string): string {
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  );
  return `${words} (${timeZone})`;
}

/** A deadline in a zone: one that falls on midnight is the end of the day before it, as periods are counted (C2). */
export function deadline(instant: string, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(new Date(instant));
  if (clock !== '00:00:00') return dateTime(instant, timeZone);
  const lastDay = new Date(Date.parse(instant) - 1);
  return `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone }).format(lastDay)} at 24:00 (${timeZone})`;
}
