"""Draws the sample tickets beside this file. Names and codes are invented.

    inspect/samples/make.sh

Codes are drawn by other libraries than the one that reads them here. Where the file is a picture, what a camera, a
scanner or a messenger does to it is done by Pillow, with noise from a fixed seed.
"""

import datetime
import io
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy
import pikepdf
import pymupdf
import segno
import weasyprint
from aztec_code_generator import AztecCode
from barcode import Code128
from barcode.writer import ImageWriter
from fpdf import FPDF
from pdf417gen import encode as pdf417_encode, render_image as pdf417_image
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps
from ppf.datamatrix import DataMatrix
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode import code128, qr
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

HERE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
MM = 72 / 25.4


# --- The codes, as pictures in black and white ---------------------------------------------------


def grey(matrix, scale, quiet):
    side = numpy.asarray(matrix, dtype=numpy.uint8)
    side = numpy.pad(side, quiet)
    return Image.fromarray(((1 - side) * 255).astype(numpy.uint8)).resize(
        (side.shape[1] * scale, side.shape[0] * scale), Image.NEAREST)


def qr_picture(text, scale=8, error="m"):
    return grey([list(row) for row in segno.make(text, error=error, micro=False).matrix], scale, 4)


def aztec_picture(text, scale=8):
    return grey([[1 if cell in (1, True, "#") else 0 for cell in row] for row in AztecCode(text).matrix], scale, 2)


def matrix_picture(text, scale=8):
    return grey(DataMatrix(text).matrix, scale, 2)


def pdf417_picture(text, scale=3):
    return pdf417_image(pdf417_encode(text, columns=6, security_level=4), scale=scale, ratio=3, padding=12).convert("L")


def code128_picture(text):
    image = io.BytesIO()
    Code128(text, writer=ImageWriter()).write(image, {"write_text": False, "module_height": 14, "quiet_zone": 4})
    return Image.open(image).convert("L")


def svg(picture):
    """The same picture as vectors: a rectangle for each dark run of a row."""
    cells = numpy.asarray(picture) < 128
    runs = []
    for y, row in enumerate(cells):
        edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], row.astype(numpy.int8), [0]))))
        runs += [f"M{a} {y}h{b - a}v1h-{b - a}z" for a, b in zip(edges[::2], edges[1::2])]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.width} {picture.height}" '
            f'shape-rendering="crispEdges"><path d="{"".join(runs)}"/></svg>')


# --- Files ---------------------------------------------------------------------------------------


def reportlab(name, draw, pages=1, size=A4, **options):
    page = canvas.Canvas(str(HERE / name), pagesize=size, invariant=1, pageCompression=1, **options)
    for number in range(pages):
        draw(page, number)
        page.showPage()
    page.save()


def words(page, top, lines):
    for number, (size, line) in enumerate(lines):
        page.setFont("Helvetica-Bold" if size > 14 else "Helvetica", size)
        page.drawString(20 * MM, top - number * 9 * MM, line)


def reportlab_qr(page, text, x, y, side):
    widget = qr.QrCodeWidget(text, barLevel="M")
    left, bottom, right, top = widget.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(widget)
    renderPDF.draw(drawing, page, x, y)


def reportlab_files():
    def one(page, _):
        words(page, 270 * MM, [(20, "The Lanterns: Night Harbour Tour"), (12, "Paradiso Hall, Amsterdam"),
                               (12, "Friday 12 March 2027, 20:00"), (12, "Section 104  Row F  Seat 12"), (10, "Order LH-20931")])
        reportlab_qr(page, "LH20931-104-F-12-7Q2K", 140 * MM, 225 * MM, 40 * MM)

    def stub(page, _):
        words(page, 270 * MM, [(20, "Gothenburg Symphony"), (12, "Great Hall  Balcony  Row 3  Seat 41"), (12, "14.11.2027 19:30")])
        page.saveState()
        page.translate(190 * MM, 200 * MM)
        page.rotate(90)
        code128.Code128("GSO271114B0341", barHeight=18 * MM, barWidth=0.9).drawOn(page, 0, 0)
        page.restoreState()

    def of_four(page, number):
        words(page, 270 * MM, [(18, "Riverside Festival 2027"), (12, f"Day ticket {number + 1} of 4"),
                               (12, f"Section Field  Row -  Seat {number + 1}")])
        page.drawImage(ImageReader(qr_picture(f"RSF27-DAY-000{number + 1}-ZK{number}8")), 140 * MM, 235 * MM, 35 * MM, 35 * MM)

    def sheet(page, _):
        for number in range(4):
            top = (280 - 70 * number) * MM
            words(page, top, [(14, "City Derby"), (10, f"Block 21  Row 8  Seat {number + 101}"), (10, "Sat 6 Feb 2027, Kick-off 15:00")])
            reportlab_qr(page, f"DERBY-21-8-{number + 101}-{number * 7919 + 104729}", 150 * MM, top - 35 * MM, 32 * MM)
            page.line(0, top - 45 * MM, 210 * MM, top - 45 * MM)

    def advertised(page, _):
        words(page, 270 * MM, [(18, "Lakeside Open Air"), (12, "Zone B  Row 22  Seat 19"), (10, "Scan the large code for our app")])
        reportlab_qr(page, "https://lakeside.example/app", 20 * MM, 120 * MM, 60 * MM)
        code128.Code128("LOA27B2219XQ7", barHeight=9 * MM, barWidth=0.55).drawOn(page, 120 * MM, 20 * MM)

    def logo(page, _):
        words(page, 270 * MM, [(18, "Club Übersee"), (12, "Eintritt 22 Uhr")])
        page.drawImage(ImageReader(qr_picture("Club Übersee № 4471", error="h")), 20 * MM, 180 * MM, 50 * MM, 50 * MM)
        page.setFillGray(1)
        page.circle(45 * MM, 205 * MM, 6 * MM, stroke=0, fill=1)
        page.setFillGray(0)

    reportlab("reportlab-qr-and-small-code128.pdf", advertised)
    reportlab("reportlab-qr-logo.pdf", logo)
    reportlab("reportlab-qr-a4.pdf", one)
    reportlab("reportlab-code128-sideways.pdf", stub)
    reportlab("reportlab-qr-four-pages.pdf", of_four, pages=4)
    reportlab("reportlab-qr-four-on-one.pdf", sheet)
    reportlab("reportlab-eleven-pages.pdf", of_four, pages=11)
    with pikepdf.open(HERE / "reportlab-qr-a4.pdf") as pdf:
        pdf.save(HERE / "pikepdf-password.pdf", encryption=pikepdf.Encryption(user="opensesame", owner="owner", R=6), deterministic_id=False)
        pdf.save(HERE / "pikepdf-locked-for-changes.pdf", encryption=pikepdf.Encryption(user="", owner="owner", R=4))
    with pikepdf.open(HERE / "reportlab-qr-four-on-one.pdf") as pdf:
        pdf.save(HERE / "pikepdf-qr-object-streams.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)


def fpdf_files():
    def start(size="A4"):
        pdf = FPDF(format=size)
        pdf.set_creation_date(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        pdf.add_page()
        pdf.set_font("helvetica", size=16)
        return pdf

    pdf = start((80, 180))
    pdf.multi_cell(0, 8, "Comedy Cellar\nThu 21 Jan 2027 21:00\nGA standing")
    pdf.image(matrix_picture("CC210127GA00417"), x=20, y=60, w=40)
    pdf.output(str(HERE / "fpdf2-datamatrix-phone.pdf"))
    pdf = start()
    pdf.multi_cell(0, 10, "Kunsthalle Nord\nEintritt Erwachsene, 3. Mai 2027\nReihe 2 Platz 9")
    pdf.image(code128_picture("KHN-0305-2-9"), x=20, y=70, w=90)
    pdf.output(str(HERE / "fpdf2-code128-a4.pdf"))
    pdf = start()
    pdf.multi_cell(0, 10, "Metro Arena\nUpper tier 312 Row K Seat 7 and 8")
    pdf.image(pdf417_picture("M1 METRO ARENA 312 K 7 20270618 B7AF33"), x=20, y=60, w=80)
    pdf.image(pdf417_picture("M1 METRO ARENA 312 K 8 20270618 C01E9D"), x=20, y=120, w=80)
    pdf.output(str(HERE / "fpdf2-pdf417-two-on-one.pdf"))


def weasyprint_files():
    page = """<style>@page {{ size: {size}; margin: 12mm }} body {{ font: 12pt DejaVu Sans }} svg {{ width: {width} }}</style>
      <h1>{title}</h1><p>{line}</p>{code}"""
    for name, size, width, title, line, code in [
        ("weasyprint-aztec-a4.pdf", "A4", "45mm", "Nachtzug & Konzert", "Wagen 7 Platz 33", aztec_picture("NZK-2027-0733-9F4E21", 1)),
        ("weasyprint-qr-small.pdf", "A4", "15mm", "Théâtre du Port", "Orchestre, rang B, place 14", qr_picture("TDP27B14X9", 1)),
        ("weasyprint-datamatrix-a4.pdf", "A4", "25mm", "Harbour Museum", "Timed entry 11:30", matrix_picture("HM-1130-2027-55120", 1)),
    ]:
        weasyprint.HTML(string=page.format(size=size, width=width, title=title, line=line, code=svg(code))).write_pdf(HERE / name)


def mupdf_files():
    # As on train tickets: bytes that are no text
    packed = bytes([35, 85, 84, 48, 49, 0, 128, 255, 7, 200]) + bytes(range(120, 180))
    pdf = pymupdf.open()
    page = pdf.new_page(width=298, height=420)
    page.insert_text((30, 40), "Sonderzug zum Stadion", fontsize=18)
    page.insert_image(pymupdf.Rect(30, 80, 200, 250), stream=png(grey(
        [[int(bool(cell) and cell != " ") for cell in row] for row in AztecCode(packed).matrix], 6, 2)))
    pdf.save(HERE / "mupdf-aztec-bytes.pdf", deflate=True)
    pdf = pymupdf.open()
    page = pdf.new_page(width=298, height=420)
    page.insert_text((30, 40), "Basement Club", fontsize=18)
    page.insert_text((30, 64), "Sunday 9 May 2027, doors 22:00, standing", fontsize=10)
    for number, side in enumerate((90, 90)):
        page.insert_image(pymupdf.Rect(30 + number * 130, 200, 30 + number * 130 + side, 200 + side),
                          stream=png(aztec_picture(f"BC-0905-{number + 1}-Q7XZ")))
    page.set_rotation(90)
    pdf.save(HERE / "mupdf-aztec-two-rotated.pdf", deflate=True, garbage=3)
    scan = paper([(40, "Opera House"), (24, "Stalls  Row C  Seat 5"), (24, "2 April 2027, 19:00")], qr_picture("OPH-C-5-020427-11837", 6))
    scan = spoil(scan.rotate(1.4, fillcolor=246, resample=Image.BICUBIC), blur=0.6, noise=6)
    pdf = pymupdf.open()
    page = pdf.new_page(width=595, height=842)
    page.insert_image(page.rect, stream=jpeg(scan, 45))
    pdf.save(HERE / "mupdf-qr-scan.pdf", deflate=True)


def latex_file():
    folder = HERE / ".latex"
    folder.mkdir(exist_ok=True)
    subprocess.run(["zint", "--barcode=QRCODE", "--scale=2", "--data=TEX-ANNEX-0042-PP", f"--output={folder}/a.png"], check=True)
    subprocess.run(["zint", "--barcode=PDF417", "--scale=2", "--data=TEX PDF417 GALLERY 0077 WXYZ", f"--output={folder}/b.png"], check=True)
    (folder / "t.tex").write_text(r"""\documentclass{article}\usepackage[a4paper]{geometry}\usepackage{graphicx}
\pdfinfo{/CreationDate (D:20260101000000Z)}\begin{document}\section*{Summer School Dinner}
Hall \textbf{West}, table 4, place 11. Friday, 3~September 2027.\par\bigskip\includegraphics[width=3cm]{a}
\par\bigskip\includegraphics[width=7cm]{b}\end{document}""")
    subprocess.run(["pdflatex", "-interaction=batchmode", "t.tex"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "t.pdf").rename(HERE / "latex-qr-and-pdf417.pdf")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


# --- Pictures ------------------------------------------------------------------------------------


def png(picture):
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def jpeg(picture, quality):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return data.getvalue()


def paper(lines, code, size=(900, 1272), at=(90, 420)):
    sheet = Image.new("L", size, 246)
    draw = ImageDraw.Draw(sheet)
    for number, (height, line) in enumerate(lines):
        draw.text((90, 90 + number * 80), line, fill=20, font=ImageFont.truetype(FONT, height))
    sheet.paste(code, at)
    return sheet


def spoil(picture, blur=0.0, noise=0.0, light=0.0, seed=7):
    """Out of focus by `blur`, `noise` of a sensor, and `light` that falls from the left."""
    values = numpy.asarray(picture.filter(ImageFilter.GaussianBlur(blur)), dtype=float)
    values *= 1 - light * numpy.linspace(0, 1, values.shape[1])
    values += numpy.random.default_rng(seed).normal(0, noise, values.shape) if noise else 0
    return Image.fromarray(values.clip(0, 255).astype(numpy.uint8))


def at_an_angle(picture, lean=0.16, turn=0.0):
    """As a camera sees a sheet that leans back, on a table."""
    sheet = ImageOps.expand(picture, border=60, fill=96).rotate(turn, expand=True, fillcolor=96, resample=Image.BICUBIC)
    width, height = sheet.size
    into = [(width * lean, height * lean * 0.6), (width * (1 - lean), height * lean), (width, height), (0, height * 0.97)]
    of = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, right = [], []
    for (x, y), (u, v) in zip(into, of):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return sheet.transform(sheet.size, Image.PERSPECTIVE, numpy.linalg.solve(rows, right), Image.BICUBIC, fillcolor=96)


def picture_files():
    lines = [(40, "The Lanterns"), (26, "Section 104  Row F  Seat 13"), (26, "12 March 2027, 20:00")]
    photos = {
        "photo-qr-angle.jpg": (at_an_angle(paper(lines, qr_picture("LH20931-104-F-13-9M1A"))), 0.8, 5, 0.3, 45),
        "photo-qr-turned.jpg": (at_an_angle(paper(lines, qr_picture("LH20931-104-F-14-4TT0")), 0.1, 31), 0.8, 5, 0.2, 45),
        "photo-aztec-angle.jpg": (at_an_angle(paper(lines, aztec_picture("AZ-FOTO-3381-KQ", 12))), 0.8, 5, 0.3, 45),
        "photo-datamatrix-angle.jpg": (at_an_angle(paper(lines, matrix_picture("DM-FOTO-5520-RS", 14)), 0.08), 0.7, 4, 0.2, 45),
        "photo-pdf417-angle.jpg": (at_an_angle(paper(lines, pdf417_picture("P417 FOTO 7719 UV"), at=(60, 420)), 0.05), 0.6, 4, 0.2, 55),
        "photo-code128-angle.jpg": (at_an_angle(paper(lines, code128_picture("C128FOTO90210"), at=(60, 420)), 0.06), 0.6, 4, 0.2, 45),
        "photo-qr-blurred.jpg": (at_an_angle(paper(lines, qr_picture("BLUR-77120-XX", 6)), 0.1), 3.4, 8, 0.3, 30),
        "photo-qr-messenger.jpg": (at_an_angle(paper(lines, qr_picture("MSG-40021-PL", 8))).resize((480, 650)), 0.4, 2, 0.1, 22),
        "photo-qr-dim.jpg": (paper(lines, qr_picture("DIM-60611-OO")).point(lambda v: 40 + v // 5), 0.6, 4, 0.5, 50),
    }
    hard = {
        "photo-aztec-turned.jpg": (at_an_angle(paper(lines, aztec_picture("AZ-TURN-3382-KR", 8)), 0.1, 31), 0.8, 5, 0.2, 45),
        "photo-datamatrix-turned.jpg": (at_an_angle(paper(lines, matrix_picture("DM-TURN-5521-RT", 10)), 0.1, -24), 0.8, 5, 0.2, 45),
        "photo-pdf417-turned.jpg": (at_an_angle(paper(lines, pdf417_picture("P417 TURN 7720 UW"), at=(60, 420)), 0.04, 25), 0.6, 4, 0.2, 50),
        "photo-code128-turned.jpg": (at_an_angle(paper(lines, code128_picture("C128TURN90211"), at=(60, 420)), 0.06, 40), 0.6, 4, 0.2, 45),
        "photo-qr-steep.jpg": (at_an_angle(paper(lines, qr_picture("STEEP-3310-AB")), 0.3, 12), 0.8, 5, 0.3, 45),
        "photo-aztec-blurred.jpg": (at_an_angle(paper(lines, aztec_picture("AZ-BLUR-1200-YY", 7)), 0.1), 2.2, 8, 0.3, 35),
    }
    folded = paper(lines, qr_picture("FOLD-8814-GL"))
    draw = ImageDraw.Draw(folded)
    draw.rectangle((0, 500, 900, 503), fill=190)
    draw.ellipse((200, 540, 260, 590), fill=255)
    photos["photo-qr-fold-and-glare.jpg"] = (at_an_angle(folded, 0.08, 5), 0.8, 5, 0.3, 45)
    photos |= hard
    far = Image.new("L", (4000, 3000), 110)
    far.paste(at_an_angle(paper(lines, qr_picture("FAR-12MP-5521-Z")), 0.06, 4), (1300, 700))
    photos["photo-qr-far-12-megapixels.jpg"] = (far, 1.2, 0, 0.2, 30)
    two = paper(lines, qr_picture("TWO-A-1001-JJ", 7))
    two.paste(qr_picture("TWO-B-1002-KK", 7), (520, 900))
    photos["photo-qr-two.jpg"] = (at_an_angle(two, 0.07), 0.6, 4, 0.2, 45)
    for name, (picture, blur, noise, light, quality) in photos.items():
        (HERE / name).write_bytes(jpeg(spoil(picture, blur, noise, light), quality))
    upright = Image.open(HERE / "photo-qr-angle.jpg")
    sideways = Image.Exif()
    sideways[0x0112] = 6
    data = io.BytesIO()
    upright.rotate(90, expand=True).save(data, "JPEG", quality=45, exif=sideways)
    (HERE / "photo-qr-exif-sideways.jpg").write_bytes(data.getvalue())

    # Light areas are transparent: over a dark page nothing would be seen of it
    see_through = paper(lines, qr_picture("WEBP-5050-TT"))
    see_through.putalpha(see_through.point(lambda value: 255 if value < 128 else 0))
    see_through.save(HERE / "screenshot-qr-see-through.webp", "WEBP", quality=70)

    cat = Image.new("RGB", (600, 600), "#f4e4c8")
    draw = ImageDraw.Draw(cat)
    draw.polygon([(170, 240), (190, 90), (290, 180)], fill="#5b4636")
    draw.polygon([(430, 240), (410, 90), (310, 180)], fill="#5b4636")
    draw.ellipse((150, 150, 450, 450), fill="#5b4636")
    for x in (230, 330):
        draw.ellipse((x, 240, x + 44, 300), fill="#f2d13c")
        draw.ellipse((x + 16, 246, x + 28, 294), fill="black")
    draw.polygon([(285, 330), (315, 330), (300, 350)], fill="#d98a8a")
    for y in (-20, 0, 20):
        draw.line((280, 355, 140, 350 + y), fill="white", width=3)
        draw.line((320, 355, 460, 350 + y), fill="white", width=3)
    (HERE / "cat.png").write_bytes(png(cat))


def pass_files():
    for name, kind, message, extra in [
        ("qr.pkpass", "PKBarcodeFormatQR", "PASS-LH-20931-15", {}),
        ("aztec.pkpass", "PKBarcodeFormatAztec", "PASS-NZK-0734", {"relevantDate": "2027-05-03T19:30:00+02:00"}),
    ]:
        body = {"formatVersion": 1, "passTypeIdentifier": "pass.example.tickets", "serialNumber": message, "teamIdentifier": "EXAMPLE",
                "organizationName": "Example Tickets", "description": "Ticket",
                "barcodes": [{"format": kind, "message": message, "messageEncoding": "iso-8859-1"}],
                "eventTicket": {"primaryFields": [{"key": "event", "label": "EVENT", "value": "The Lanterns"}],
                                "secondaryFields": [{"key": "section", "label": "SECTION", "value": "104"},
                                                    {"key": "row", "label": "ROW", "value": "F"},
                                                    {"key": "seat", "label": "SEAT", "value": 15}]}, **extra}
        with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as file:
            for inside, data in [("pass.json", json.dumps(body)), ("icon.png", png(Image.new("L", (29, 29), 128))), ("manifest.json", "{}")]:
                file.writestr(zipfile.ZipInfo(inside, (2027, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    reportlab_files()
    fpdf_files()
    weasyprint_files()
    mupdf_files()
    latex_file()
    picture_files()
    pass_files()
