//! The settings of delivery.

use std::path::PathBuf;

use platform::{
    files::FilesSettings,
    inspection::Inspector,
    sealing::{HashKey, Keys},
    settings::{SettingsError, Variables},
};

use super::Delivery;

/// The program that reads files, in the folder of the one that runs.
const INSPECT_PROGRAM: &str = "gittix-jobs";

/// Where sealed files lie, the keys, and what reads files.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// `TICKET_FILES`, `S3_…`
    files: FilesSettings,
    /// `TICKET_KEYS`; none if it is not set or not understood, which is noted.
    keys: Option<Keys>,
    /// `TICKET_HASH_KEY`, the same.
    hash_key: Option<HashKey>,
    /// `INSPECT_PROGRAM`
    program: PathBuf,
    /// `INSPECT_AT_ONCE`
    at_once: u32,
}

impl DeliverySettings {
    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let files = FilesSettings::read(
            "TICKET_FILES",
            "where the sealed files of tickets lie: a folder, one for all servers and workers, or `s3://BUCKET/PREFIX`",
            variables,
        );
        let keys = variables.required(
            "TICKET_KEYS",
            "what seals the files and codes of tickets: `ID:KEY`, with commas between several. A key is 32 bytes in hexadecimal. The first one seals; the others open what was sealed before a rotation",
        );
        let keys = parse("TICKET_KEYS", &keys, variables);
        let hash_key = variables.required(
            "TICKET_HASH_KEY",
            "what compares codes without keeping them: 32 bytes in hexadecimal, never changed, or a code could be sold twice",
        );
        let hash_key = parse("TICKET_HASH_KEY", &hash_key, variables);
        let name = "INSPECT_PROGRAM";
        let beside = std::env::current_exe().unwrap_or_default().with_file_name(INSPECT_PROGRAM);
        let meaning = "the program that reads the files of tickets, each in a process of its own";
        let program = variables.parsed(name, beside.to_string_lossy().into_owned(), meaning).into();
        variables.describe_default(name, "`gittix-jobs` in the folder of the program");
        let at_once = variables.bounded(
            "INSPECT_AT_ONCE",
            2,
            1..=64,
            "how many files a server reads at once; each takes up to 512 MiB besides the server's own memory",
        );
        Self { files, keys, hash_key, program, at_once }
    }

    /// For a command that stores no file, and so needs no folder.
    pub(crate) fn without_files(self) -> Self {
        Self { files: FilesSettings::Memory, ..self }
    }

    /// The address of the service that stores the files, if another than Amazon's is set.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.files.endpoint()
    }

    /// What delivery works with. The folder is made if it is not there.
    ///
    /// # Errors
    ///
    /// When the store of files cannot be used, or a key is missing.
    pub fn delivery(&self) -> Result<Delivery, SettingsError> {
        let missing = || SettingsError::new("TICKET_KEYS and TICKET_HASH_KEY must be set".to_owned());
        Ok(Delivery {
            files: self.files.store()?,
            keys: self.keys.clone().ok_or_else(missing)?,
            hash_key: self.hash_key.clone().ok_or_else(missing)?,
            inspector: Inspector::new(&self.program, usize::try_from(self.at_once).unwrap_or(1)),
        })
    }
}

/// A key, or a complaint. One that is not set has its complaint already.
fn parse<T: std::str::FromStr<Err = String>>(name: &str, text: &str, variables: &mut Variables<'_>) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    text.parse().map_err(|why| variables.complain(format!("{name} is not understood: {why}"))).ok()
}
