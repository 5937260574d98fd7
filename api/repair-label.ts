/** The label that goes on a parcel [W4]: RMA number as text and QR code, and where it goes. Nothing of the customer is on it. */
import { PDFDocument, StandardFonts } from 'pdf-lib';
import type { PDFFont, PDFPage } from 'pdf-lib';
import encodeQR from 'qr';

export interface Label {
  readonly rma: string;
  readonly serial: string;
  readonly model: string;
  /** Name and address of who receives it, line by line. */
  readonly to: readonly string[];
}

/** Points: 1/72 inch. A6, as label printers have it. */
const WIDTH = 298;
const HEIGHT = 420;
const MARGIN = 20;
const QR_SIZE = 180;
const NOT_PRINTABLE = '(address: see the order)';

/** @returns the bytes of a PDF of one page. Lines that the standard fonts cannot write are left out, and the label says so. */
export async function labelPdf({ rma, serial, model, to }: Label): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.setTitle(rma);
  // The same label is the same file: no moment of its making is in it.
  document.setCreationDate(new Date(0));
  document.setModificationDate(new Date(0));
  const page = document.addPage([WIDTH, HEIGHT]);
  const [bold, plain] = [
    await document.embedFont(StandardFonts.HelveticaBold),
    await document.embedFont(StandardFonts.Helvetica),
  ];
  drawQr(page, rma);
  let y = HEIGHT - MARGIN - QR_SIZE - 30;
  const write = (text: string, font: PDFFont, size: number) => {
    page.drawText(text, { x: MARGIN, y, font, size, maxWidth: WIDTH - 2 * MARGIN, lineHeight: size + 2 });
    y -= size + 6;
  };
  write(rma, bold, 22);
  for (const line of printable([`Serial number ${serial}`, `Model ${model}`], plain)) write(line, plain, 10);
  y -= 10;
  for (const line of printable(to, plain)) write(line, plain, 12);
  return await document.save();
}

/** As squares, not as a picture: sharp at every size. */
function drawQr(page: PDFPage, text: string): void {
  const rows = encodeQR(text, 'raw', { ecc: 'quartile', border: 4 });
  const module = QR_SIZE / rows.length;
  const [left, top] = [(WIDTH - QR_SIZE) / 2, HEIGHT - MARGIN];
  for (const [y, row] of rows.entries()) {
    for (const [x, isDark] of row.entries()) {
      if (!isDark) continue;
      page.drawRectangle({ x: left + x * module, y: top - (y + 1) * module, width: module, height: module });
    }
  }
}

function printable(lines: readonly string[], font: PDFFont): string[] {
  const written = lines.filter((line) => isPrintable(line, font));
  return written.length < lines.length ? [...written, NOT_PRINTABLE] : written;
}

function isPrintable(line: string, font: PDFFont): boolean {
  try {
    font.encodeText(line);
    return true;
  } catch {
    return false;
  }
}
