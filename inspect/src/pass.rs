//! Passes for Apple's Wallet: a ZIP archive with `pass.json`, which says its codes and its fields.
//!
//! <https://developer.apple.com/documentation/walletpasses/pass>. The signature is not checked: a pass shows what its
//! code is, and not whether it is good.

use std::io::{Cursor, Read};

use model::inspection::{Code, CodeKind, FILE_CODES, Page, Refused};
use serde::Deserialize;
use serde_json::Value;
use zip::ZipArchive;

use crate::{budget::Budget, seats};

/// Greatest size of `pass.json`, in bytes; real ones have a few thousand.
const PASS_BYTES: u64 = 256 * 1024;
/// Greatest number of files in the archive: images in three sizes and a few languages.
const FILES: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pass {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    organization_name: Option<String>,
    #[serde(default)]
    relevant_date: Option<String>,
    #[serde(default)]
    barcodes: Vec<Barcode>,
    /// The one code of passes for iOS 8 and before.
    #[serde(default)]
    barcode: Option<Barcode>,
    #[serde(alias = "boardingPass", alias = "coupon", alias = "generic", alias = "storeCard", default)]
    event_ticket: Fields,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Barcode {
    format: String,
    message: String,
    #[serde(default)]
    message_encoding: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "headerFields")]
    header: Vec<Field>,
    #[serde(rename = "primaryFields")]
    primary: Vec<Field>,
    #[serde(rename = "secondaryFields")]
    secondary: Vec<Field>,
    #[serde(rename = "auxiliaryFields")]
    auxiliary: Vec<Field>,
    #[serde(rename = "backFields")]
    back: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    label: String,
    #[serde(default)]
    value: Value,
}

/// The page that a pass is. Archives without `pass.json` are of another kind.
pub(crate) fn page(file: &[u8], budget: &mut Budget) -> Result<Page, Refused> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|_| Refused::Unreadable)?;
    if archive.len() > FILES {
        return Err(Refused::UnknownKind);
    }
    let entry = archive.by_name("pass.json").map_err(|_| Refused::UnknownKind)?;
    let mut json = Vec::new();
    entry.take(PASS_BYTES + 1).read_to_end(&mut json).map_err(|_| Refused::Unreadable)?;
    if json.len() as u64 > PASS_BYTES {
        return Err(Refused::TooLarge);
    }
    let pass: Pass = serde_json::from_slice(&json).map_err(|_| Refused::Unreadable)?;
    let mut text = text(&pass);
    let mut codes = codes(pass);
    budget.take_text(&mut text);
    budget.take_codes(&mut codes);
    Ok(Page { codes, seats: seats::of(&text), text })
}

/// The alternatives in a pass are the same code in several kinds. A phone shows the first kind that it knows, and all
/// know these.
fn codes(pass: Pass) -> Vec<Code> {
    pass.barcodes
        .into_iter()
        .chain(pass.barcode)
        .take(FILE_CODES)
        .find_map(|barcode| code(&barcode))
        .into_iter()
        .collect()
}

fn code(barcode: &Barcode) -> Option<Code> {
    let kind = match barcode.format.as_str() {
        "PKBarcodeFormatQR" => CodeKind::Qr,
        "PKBarcodeFormatAztec" => CodeKind::Aztec,
        "PKBarcodeFormatPDF417" => CodeKind::Pdf417,
        "PKBarcodeFormatCode128" => CodeKind::Code128,
        _ => return None,
    };
    let latin: Option<Vec<u8>> = barcode.message.chars().map(|character| u8::try_from(character).ok()).collect();
    let bytes = latin.filter(|_| barcode.message_encoding.eq_ignore_ascii_case("iso-8859-1"));
    Some(Code::new(kind, &bytes.unwrap_or_else(|| barcode.message.as_bytes().to_vec()), None))
}

/// A line for each field: its label and its value.
fn text(pass: &Pass) -> String {
    let fields = &pass.event_ticket;
    let fields = [&fields.header, &fields.primary, &fields.secondary, &fields.auxiliary, &fields.back];
    let fields = fields.into_iter().flatten().map(|Field { label, value }| match value {
        Value::String(value) => format!("{label} {value}"),
        value => format!("{label} {value}"),
    });
    let about = [&pass.organization_name, &pass.description, &pass.relevant_date].into_iter().flatten().cloned();
    about.chain(fields).collect::<Vec<_>>().join("\n")
}
