//! Every sample ticket: what is found in it, and what is not. `make.sh` beside the samples says how they are drawn.
//!
//! The rates stand in `docs/DELIVERY.md`. A change of libraries or of the ways of looking shows here.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use model::inspection::{
    Code,
    CodeKind::{self, Aztec, Code128, DataMatrix, Pdf417, Qr},
    FileKind, Found, Refused,
};

type Codes = &'static [(CodeKind, &'static str)];

/// As on train tickets: bytes that are no text.
const TRAIN: &str = "#UT01\0\u{80}ÿ\u{7}Èxyz{|}~\u{7f}\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\
    \u{8c}\u{8d}\u{8e}\u{8f}\u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}\
    \u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³";

/// Each file, the codes that are found, page by page, and those that are not.
const SAMPLES: &[(&str, Codes, Codes)] = &[
    ("aztec.pkpass", &[(Aztec, "PASS-NZK-0734")], &[]),
    ("cat.png", &[], &[]),
    ("chromium-aztec-a4.pdf", &[(Aztec, "RS-114-20-3-8842XQ")], &[]),
    ("chromium-code128-a4.pdf", &[(Code128, "FOLK-0003-7781")], &[]),
    ("chromium-datamatrix-a4.pdf", &[(DataMatrix, "TF27-0911-KLM")], &[]),
    (
        "chromium-four-kinds.pdf",
        &[(Qr, "SEASON-QR-1"), (Aztec, "SEASON-AZ-2"), (DataMatrix, "SEASON-DM-3"), (Pdf417, "SEASON-417-4")],
        &[],
    ),
    ("chromium-pdf417-a4.pdf", &[(Pdf417, "GPW2027 K 15 88 5501-9923")], &[]),
    ("chromium-qr-colour.pdf", &[(Qr, "NEON-VIP-00231")], &[]),
    ("chromium-qr-phone.pdf", &[(Qr, "MLC-100727-9-22-AB12")], &[]),
    ("fpdf2-code128-a4.pdf", &[(Code128, "KHN-0305-2-9")], &[]),
    ("fpdf2-datamatrix-phone.pdf", &[(DataMatrix, "CC210127GA00417")], &[]),
    (
        "fpdf2-pdf417-two-on-one.pdf",
        &[(Pdf417, "M1 METRO ARENA 312 K 7 20270618 B7AF33"), (Pdf417, "M1 METRO ARENA 312 K 8 20270618 C01E9D")],
        &[],
    ),
    ("latex-qr-and-pdf417.pdf", &[(Qr, "TEX-ANNEX-0042-PP"), (Pdf417, "TEX PDF417 GALLERY 0077 WXYZ")], &[]),
    ("mupdf-aztec-bytes.pdf", &[(Aztec, TRAIN)], &[]),
    ("mupdf-aztec-two-rotated.pdf", &[(Aztec, "BC-0905-1-Q7XZ"), (Aztec, "BC-0905-2-Q7XZ")], &[]),
    ("mupdf-qr-scan.pdf", &[(Qr, "OPH-C-5-020427-11837")], &[]),
    ("photo-aztec-angle.jpg", &[(Aztec, "AZ-FOTO-3381-KQ")], &[]),
    ("photo-aztec-blurred.jpg", &[], &[(Aztec, "AZ-BLUR-1200-YY")]),
    ("photo-aztec-turned.jpg", &[(Aztec, "AZ-TURN-3382-KR")], &[]),
    ("photo-code128-angle.jpg", &[(Code128, "C128FOTO90210")], &[]),
    ("photo-code128-turned.jpg", &[(Code128, "C128TURN90211")], &[]),
    ("photo-datamatrix-angle.jpg", &[(DataMatrix, "DM-FOTO-5520-RS")], &[]),
    ("photo-datamatrix-turned.jpg", &[(DataMatrix, "DM-TURN-5521-RT")], &[]),
    ("photo-pdf417-angle.jpg", &[(Pdf417, "P417 FOTO 7719 UV")], &[]),
    ("photo-pdf417-turned.jpg", &[(Pdf417, "P417 TURN 7720 UW")], &[]),
    ("photo-qr-angle.jpg", &[(Qr, "LH20931-104-F-13-9M1A")], &[]),
    ("photo-qr-blurred.jpg", &[], &[(Qr, "BLUR-77120-XX")]),
    ("photo-qr-dim.jpg", &[(Qr, "DIM-60611-OO")], &[]),
    ("photo-qr-exif-sideways.jpg", &[(Qr, "LH20931-104-F-13-9M1A")], &[]),
    ("photo-qr-far-12-megapixels.jpg", &[(Qr, "FAR-12MP-5521-Z")], &[]),
    ("photo-qr-fold-and-glare.jpg", &[], &[(Qr, "FOLD-8814-GL")]),
    ("photo-qr-messenger.jpg", &[(Qr, "MSG-40021-PL")], &[]),
    ("photo-qr-steep.jpg", &[(Qr, "STEEP-3310-AB")], &[]),
    ("photo-qr-turned.jpg", &[(Qr, "LH20931-104-F-14-4TT0")], &[]),
    ("photo-qr-two.jpg", &[(Qr, "TWO-A-1001-JJ"), (Qr, "TWO-B-1002-KK")], &[]),
    ("pikepdf-locked-for-changes.pdf", &[(Qr, "LH20931-104-F-12-7Q2K")], &[]),
    (
        "pikepdf-qr-object-streams.pdf",
        &[
            (Qr, "DERBY-21-8-101-104729"),
            (Qr, "DERBY-21-8-102-112648"),
            (Qr, "DERBY-21-8-103-120567"),
            (Qr, "DERBY-21-8-104-128486"),
        ],
        &[],
    ),
    ("qr.pkpass", &[(Qr, "PASS-LH-20931-15")], &[]),
    ("reportlab-code128-sideways.pdf", &[(Code128, "GSO271114B0341")], &[]),
    ("reportlab-qr-a4.pdf", &[(Qr, "LH20931-104-F-12-7Q2K")], &[]),
    ("reportlab-qr-and-small-code128.pdf", &[(Qr, "https://lakeside.example/app"), (Code128, "LOA27B2219XQ7")], &[]),
    (
        "reportlab-qr-four-on-one.pdf",
        &[
            (Qr, "DERBY-21-8-101-104729"),
            (Qr, "DERBY-21-8-102-112648"),
            (Qr, "DERBY-21-8-103-120567"),
            (Qr, "DERBY-21-8-104-128486"),
        ],
        &[],
    ),
    (
        "reportlab-qr-four-pages.pdf",
        &[
            (Qr, "RSF27-DAY-0001-ZK08"),
            (Qr, "RSF27-DAY-0002-ZK18"),
            (Qr, "RSF27-DAY-0003-ZK28"),
            (Qr, "RSF27-DAY-0004-ZK38"),
        ],
        &[],
    ),
    ("reportlab-qr-logo.pdf", &[(Qr, "Club Übersee № 4471")], &[]),
    ("screenshot-aztec-inverted.png", &[(Aztec, "RAIL-3-INV-77")], &[]),
    ("screenshot-code128.jpg", &[(Code128, "FOLK-0004-7782")], &[]),
    ("screenshot-pdf417.png", &[(Pdf417, "GPW2027 K 15 89 5501")], &[]),
    ("screenshot-qr-dark.png", &[(Qr, "MLC-100727-9-24-EF56")], &[]),
    ("screenshot-qr-inverted.png", &[(Qr, "MLC-100727-9-25-GH78")], &[]),
    ("screenshot-qr-see-through.webp", &[(Qr, "WEBP-5050-TT")], &[]),
    ("screenshot-qr.png", &[(Qr, "MLC-100727-9-23-CD34")], &[]),
    ("weasyprint-aztec-a4.pdf", &[(Aztec, "NZK-2027-0733-9F4E21")], &[]),
    ("weasyprint-datamatrix-a4.pdf", &[(DataMatrix, "HM-1130-2027-55120")], &[]),
    ("weasyprint-qr-small.pdf", &[(Qr, "TDP27B14X9")], &[]),
];

/// Enough for every look on a slow machine: the bound on time is tested with the process.
const TIME: Duration = Duration::from_mins(2);

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).expect("a sample")
}

fn sample(name: &str) -> Result<Found, Refused> {
    inspect::inspect(&file(name), TIME)
}

fn found(name: &str) -> Found {
    sample(name).unwrap_or_else(|refused| panic!("{name}: {refused}"))
}

#[test]
fn codes_are_found_as_the_table_says() {
    let mut wrong = Vec::new();
    for (name, codes, _) in SAMPLES {
        let found = found(name);
        assert!(found.complete, "{name}");
        let found: Vec<_> = found.codes().map(|code| (code.kind, code.text.as_str())).collect();
        if found != *codes {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// What is kept of a picture opens the same gates.
#[test]
fn codes_are_found_in_what_is_kept_of_a_picture() {
    let mut pictures = 0;
    for (name, codes, _) in SAMPLES {
        let (_, kept) = inspect::inspect_to_keep(&file(name), TIME).expect("is read");
        let Some(kept) = kept else { continue };
        pictures += 1;
        let found = inspect::inspect(&kept.bytes, TIME).expect("a picture");
        assert_eq!(found.kind, kept.kind, "{name}");
        let found: Vec<_> = found.codes().map(|code| (code.kind, code.text.as_str())).collect();
        assert_eq!(found, *codes, "{name}");
    }
    assert!(pictures > 10, "{pictures}");
}

/// `| QR | 33 of 35 |`, in the table by kind and the table by what made the file.
#[test]
fn the_rates_in_the_document_are_those_of_the_table() {
    let mut rates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, read, unread) in SAMPLES {
        let maker = if name.ends_with(".pkpass") { "pass" } else { name.split('-').next().expect("a word") };
        for (kind, _) in read.iter().chain(*unread) {
            for row in [maker.to_owned(), kind.to_string()] {
                rates.entry(row).or_default().1 += 1;
            }
        }
        for (kind, _) in *read {
            for row in [maker.to_owned(), kind.to_string()] {
                rates.entry(row).or_default().0 += 1;
            }
        }
    }
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/DELIVERY.md")).expect("the document");
    let rows: Vec<_> = rates.iter().map(|(row, (read, all))| format!("| `{row}` | {read} of {all} |")).collect();
    let missing: Vec<_> = rows.iter().filter(|row| !document.contains(*row)).collect();
    assert!(missing.is_empty(), "docs/DELIVERY.md lacks {missing:#?}");
}

#[test]
fn every_sample_is_in_the_table_or_refused() {
    let refused = [("pikepdf-password.pdf", Refused::Encrypted), ("reportlab-eleven-pages.pdf", Refused::TooManyPages)];
    for (name, why) in refused {
        assert_eq!(sample(name), Err(why), "{name}");
    }
    let known = SAMPLES.iter().map(|(name, ..)| *name).chain(refused.map(|(name, _)| name));
    let mut known: Vec<_> = known.map(str::to_owned).collect();
    known.sort();
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).expect("the folder");
    let files = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
    let mut files: Vec<_> = files.filter(|name| !name.starts_with("make.")).collect();
    files.sort();
    assert_eq!(files, known);
}

#[test]
fn pages_have_their_own_codes_text_and_seats() {
    let four = found("reportlab-qr-four-pages.pdf");
    assert_eq!(four.kind, FileKind::Pdf);
    assert_eq!(four.pages.iter().map(|page| page.codes.len()).collect::<Vec<_>>(), [1, 1, 1, 1]);
    assert_eq!(four.pages[2].text, "Riverside Festival 2027\nDay ticket 3 of 4\nSection Field  Row -  Seat 3");

    let sheet = found("reportlab-qr-four-on-one.pdf");
    let seats: Vec<_> = sheet.pages[0].seats.iter().filter_map(|words| words.seat.as_deref()).collect();
    assert_eq!(seats, ["101", "102", "103", "104"]);
    assert_eq!(sheet.pages[0].seats[3].section.as_deref(), Some("21"));
    assert_eq!(sheet.pages[0].seats[3].row.as_deref(), Some("8"));
}

#[test]
fn text_of_other_makers_has_its_words() {
    for (name, text) in [
        ("latex-qr-and-pdf417.pdf", "Hall West, table 4, place 11. Friday, 3 September 2027."),
        ("weasyprint-qr-small.pdf", "Théâtre du Port\nOrchestre, rang B, place 14"),
        ("chromium-qr-phone.pdf", "Moonlight Cinema\nSat 10 July 2027, 21:45\nRow 9, Seat 22"),
        ("fpdf2-code128-a4.pdf", "Kunsthalle Nord\nEintritt Erwachsene, 3. Mai 2027\nReihe 2 Platz 9"),
        ("pikepdf-locked-for-changes.pdf", "Paradiso Hall, Amsterdam"),
        ("qr.pkpass", "EVENT The Lanterns\nSECTION 104\nROW F\nSEAT 15"),
    ] {
        assert!(found(name).pages[0].text.contains(text), "{name}: {}", found(name).pages[0].text);
    }
}

#[test]
fn a_code_says_where_it_is() {
    let page = found("reportlab-qr-a4.pdf").pages.remove(0);
    let place = page.codes[0].place.expect("its place");
    // 140 mm of 210 from the left, 32 mm of 297 from the top, and 40 mm wide
    assert!((650..700).contains(&place.left) && (830..870).contains(&place.right), "{place:?}");
    assert!((90..125).contains(&place.top) && (230..250).contains(&place.bottom), "{place:?}");
}

#[test]
fn a_code_keeps_bytes_that_are_no_text() {
    let found = found("mupdf-aztec-bytes.pdf");
    let code: &Code = found.codes().next().expect("a code");
    let bytes: Vec<u8> = [35, 85, 84, 48, 49, 0, 128, 255, 7, 200].into_iter().chain(120..180).collect();
    assert!(code.is_binary);
    assert_eq!(code.bytes(), bytes);
}
