//! `--record FILE`: every REST request as one JSON line, for a check against Discord's own description.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::rest::Call;

/// An open record.
#[derive(Debug)]
pub struct Recorder(Mutex<File>);

impl Recorder {
    /// Opens a file to add to.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(
            OpenOptions::new().create(true).append(true).open(path)?,
        )))
    }

    /// Writes one request down. A full disk is logged and otherwise ignored: the bot must not notice.
    pub fn write(&self, call: &Call) {
        let files: Vec<Value> = call
            .files
            .iter()
            .map(|file| json!({"field": file.field, "filename": file.filename, "size": file.bytes.len()}))
            .collect();
        let line = json!({
            "method": call.method.as_str(), "path": call.path, "query": call.query, "body": call.body,
            "content_type": call.content_type, "files": files,
        });
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(why) = file.write_all(format!("{line}\n").as_bytes()) {
            tracing::warn!("a request could not be recorded: {why}");
        }
    }
}
