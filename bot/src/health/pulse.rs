//! Whether the gateway is alive: connected, and its heartbeats acknowledged. A socket may stay open for hours after the
//! other end has hung, so being connected proves nothing. The time is handed in.

use std::time::Duration;

use tokio::time::Instant;

/// Discord asks for a heartbeat every 41.25 s; by then and half as much again, one must have been acknowledged.
const SILENCE: Duration = Duration::from_secs(62);

/// What was last seen of one connection.
#[derive(Debug, Default)]
pub struct Pulse {
    connected: bool,
    latency: Option<Duration>,
    sign: Option<Instant>,
}

impl Pulse {
    /// What serenity says at `now`: whether it counts itself as connected, and how long the last acknowledgement took.
    /// serenity measures in nanoseconds, so another latency means another acknowledgement.
    pub fn see(&mut self, connected: bool, latency: Option<Duration>, now: Instant) {
        let acknowledged = latency.is_some() && latency != self.latency;
        if connected && (acknowledged || !self.connected) {
            self.sign = Some(now);
        }
        self.connected = connected;
        self.latency = latency.or(self.latency);
    }

    /// Whether it is connected and has shown a sign of life lately.
    pub fn is_alive(&self, now: Instant) -> bool {
        self.connected && self.sign.is_some_and(|sign| now.duration_since(sign) <= SILENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_millis(41_250);

    #[test]
    fn a_connection_that_hangs_is_dead_before_its_second_heartbeat() {
        let begun = Instant::now();
        let mut pulse = Pulse::default();
        assert!(!pulse.is_alive(begun), "never connected");
        pulse.see(true, None, begun);
        for beat in 1..=3_u64 {
            let now = begun + BEAT * beat as u32;
            assert!(pulse.is_alive(now));
            pulse.see(true, Some(Duration::from_micros(900 + beat)), now);
        }
        // From here on serenity still says connected, and nothing is acknowledged.
        let hung = begun + BEAT * 3;
        for second in 1..=60 {
            let now = hung + Duration::from_secs(second);
            pulse.see(true, Some(Duration::from_micros(903)), now);
            assert!(pulse.is_alive(now), "no heartbeat is overdue after {second} s");
        }
        assert!(!pulse.is_alive(hung + BEAT * 2));
    }

    #[test]
    fn a_lost_connection_is_dead_at_once_and_alive_when_it_is_back() {
        let now = Instant::now();
        let mut pulse = Pulse::default();
        pulse.see(true, None, now);
        pulse.see(false, None, now);
        assert!(!pulse.is_alive(now));
        let later = now + BEAT * 10;
        pulse.see(true, None, later);
        assert!(pulse.is_alive(later));
    }
}
