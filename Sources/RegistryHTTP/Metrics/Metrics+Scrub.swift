internal import RegistryCore

extension MetricsText {
    /// - Parameter backends: those of the configuration, which are told also when nothing is damaged there.
    mutating func append(damages: [String: Int], on backends: [String]) {
        metric("registryd_blobs_damaged", .gauge, "Blobs that are known to be damaged on a backend.")
        for name in Set(backends).union(damages.keys).sorted() {
            sample("registryd_blobs_damaged", ["backend": name], value: damages[name] ?? 0)
        }
    }

    mutating func append(scrubs: [ScrubProgress], at time: Timestamp) {
        guard !scrubs.isEmpty else { return }
        metric("registryd_scrub_running", .gauge, "Whether a backend's blobs are being read; 0: not any more.")
        for scrub in scrubs {
            // One that was killed says so for ever.
            let isRunning = scrub.state == .running && scrub.updated + .seconds(60) >= time
            sample("registryd_scrub_running", ["backend": scrub.backend], value: isRunning ? 1 : 0)
        }
        metric("registryd_scrub_blobs", .gauge, "Blobs of the last scrub of a backend.")
        for scrub in scrubs {
            let states = [
                ("total", scrub.total.blobs), ("checked", scrub.checked.blobs), ("damaged", scrub.damaged),
                ("repaired", scrub.repaired),
            ]
            for (state, count) in states {
                sample("registryd_scrub_blobs", ["backend": scrub.backend, "state": state], value: count)
            }
        }
        metric("registryd_scrub_bytes", .gauge, "Bytes of the last scrub of a backend.")
        for scrub in scrubs {
            for (state, bytes) in [("total", scrub.total.bytes), ("checked", scrub.checked.bytes)] {
                sample("registryd_scrub_bytes", ["backend": scrub.backend, "state": state], value: bytes)
            }
        }
        metric("registryd_scrub_updated_time_seconds", .gauge, "When a backend's scrub last told how far it is.")
        for scrub in scrubs {
            let seconds = Double(scrub.updated.milliseconds) / 1000
            sample("registryd_scrub_updated_time_seconds", ["backend": scrub.backend], value: seconds)
        }
        let finished = scrubs.compactMap { scrub in scrub.finished.map { (scrub.backend, $0) } }
        guard !finished.isEmpty else { return }
        metric("registryd_scrub_finished_time_seconds", .gauge, "When last every blob of a backend had been read.")
        for (backend, time) in finished {
            let seconds = Double(time.milliseconds) / 1000
            sample("registryd_scrub_finished_time_seconds", ["backend": backend], value: seconds)
        }
    }
}
