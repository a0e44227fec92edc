//! Every benchmark still runs, as small as it goes. How fast is not asked here: a busy machine would answer wrongly.

use std::process::Command;

#[test]
fn every_benchmark_runs_and_tells_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    // Without the other languages' libraries, which a fresh machine does not have.
    let nowhere = folder.path().join("nowhere");
    let run = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("smoke")
        .arg("--js")
        .arg(&nowhere)
        .arg("--python")
        .arg(&nowhere)
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for expected in [
        "| leaderboard/s |",
        "| write p99 ms |",
        "| picture p99 ms |",
        "to bare poise",
        "top ten all time",
        "PutRecords of 500",
        "the sandbox to the bare emulator",
        "members put at once",
        "SQS send, receive and delete",
        "explanation, graded",
        "due at once",
        "discord.js is not installed",
    ] {
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    }
    let figures: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let rows = figures["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(row[1]["leaderboard/s"].as_f64().unwrap() > 0.0);
        assert_eq!(row[1]["failed"].as_f64(), Some(0.0), "{row}");
    }
}
