//! Moto's server as a process of its own: an AWS that nobody here wrote. The Python that `TRIBUTARY_TEST_PYTHON` names must
//! have `moto[server]`, as in CI; where the variable is not set, a story says so and is over.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

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
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
