//! Moto's server as a process of its own: an AWS that nobody here wrote. The Python that `TRIBUTARY_TEST_PYTHON` names must
//! have `moto[server]`, as in CI; where the variable is not set, a story says so and is over.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const PYTHON: &str = "TRIBUTARY_TEST_PYTHON";

/// Serves on a free port, says which, and goes when whoever started it does: then nobody holds its input any more.
const SERVE: &str = "
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger('werkzeug').setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
";

/// A running server. It forgets everything when it is dropped.
#[derive(Debug)]
pub struct Moto {
    process: Child,
    /// Where it is.
    pub url: String,
}

impl Moto {
    /// Starts one; `None`, with a word, where no Python is named.
    pub fn start() -> Option<Self> {
        let Ok(python) = std::env::var(PYTHON) else {
            eprintln!("{PYTHON} is not set: what needs moto's server is not run here");
            return None;
        };
        let mut process = Command::new(&python)
            .args(["-c", SERVE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut port = String::new();
        let said = process.stdout.take().expect("its output is ours");
        BufReader::new(said).read_line(&mut port).expect("it can be read");
        assert!(
            !port.is_empty(),
            "moto's server did not start. Does {python} have `moto[server]`?"
        );
        Some(Self {
            process,
            url: format!("http://127.0.0.1:{}", port.trim()),
        })
    }

    /// Asks it something past the bot, in us-east-1: a service, what of it, and with what. What it answers.
    pub async fn ask(&self, service: &str, target: &str, body: &Value) -> Value {
        let date = "20261123";
        // It looks at whose service it is, and at no signature.
        let scope = format!(
            "Credential=testing/{date}/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"
        );
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let asked = client
            .post(&self.url)
            .header("X-Amz-Target", target)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}"))
            .body(body.to_string());
        let answer = asked.send().await.expect("it answers");
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        assert!(status.is_success(), "{target}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
