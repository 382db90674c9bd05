package import RegistryCore

/// What `/metrics` tells.
package struct Metrics: Sendable {
    let registry: Registry
    let requests: RequestCounts
    let version: String
    /// When the process began.
    let started: Timestamp
    let now: @Sendable () -> Timestamp

    package init(
        registry: Registry,
        requests: RequestCounts,
        version: String,
        started: Timestamp,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.registry = registry
        self.requests = requests
        self.version = version
        self.started = started
        self.now = now
    }

    func text() async throws -> String {
        var text = MetricsText()
        text.metric("registryd_build_info", .gauge, "The release that serves; always 1.")
        text.sample("registryd_build_info", ["version": version], value: 1)
        text.metric("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.")
        text.sample("process_start_time_seconds", value: Double(started.milliseconds) / 1000)
        if let bytes = residentMemory() {
            text.metric("process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.")
            text.sample("process_resident_memory_bytes", value: bytes)
        }
        text.append(requests.all)
        try await appendUploads(to: &text)
        if let time = registry.backups.lastSuccess {
            text.metric("registryd_backup_last_success_time_seconds", .gauge, "When the newest snapshot was made.")
            text.sample("registryd_backup_last_success_time_seconds", value: Double(time.milliseconds) / 1000)
        }
        text.append(try await registry.metadata.migrations(), at: now())
        text.append(damages: try await registry.metadata.countDamages(), on: Array(registry.backends.all.keys))
        text.append(scrubs: try await registry.metadata.scrubs(), at: now())
        return text.text
    }

    private func appendUploads(to text: inout MetricsText) async throws {
        text.metric("registryd_uploads_open", .gauge, "Upload sessions, by the backend that their bytes go to.")
        for name in registry.backends.all.keys.sorted() {
            let count = try await registry.metadata.countUploads(on: name)
            text.sample("registryd_uploads_open", ["backend": name], value: count)
        }
    }
}

extension MetricsText {
    mutating func append(_ all: [RequestCounts.Key: RequestCounts.Counts]) {
        metric("registryd_http_requests_total", .counter, "Requests that were answered.")
        let sorted = all.sorted { a, b in
            (a.key.route, a.key.method, a.key.status) < (b.key.route, b.key.method, b.key.status)
        }
        for (key, counts) in sorted {
            let labels: KeyValuePairs = ["route": key.route, "method": key.method, "code": "\(key.status)"]
            sample("registryd_http_requests_total", labels, value: counts.requests)
        }
        var routes: [String: RequestCounts.Counts] = [:]
        for (key, counts) in all { routes[key.route, default: RequestCounts.Counts()] += counts }
        let byRoute = routes.sorted { $0.key < $1.key }
        metric("registryd_http_received_bytes_total", .counter, "Bytes of requests' bodies.")
        for (route, counts) in byRoute {
            sample("registryd_http_received_bytes_total", ["route": route], value: counts.received)
        }
        metric("registryd_http_sent_bytes_total", .counter, "Bytes of answers' bodies.")
        for (route, counts) in byRoute {
            sample("registryd_http_sent_bytes_total", ["route": route], value: counts.sent)
        }
        let duration = "registryd_http_request_duration_seconds"
        metric(duration, .summary, "From a request's head to the end of its answer.")
        for (route, counts) in byRoute {
            sample("\(duration)_sum", ["route": route], value: counts.duration / .seconds(1))
            sample("\(duration)_count", ["route": route], value: counts.requests)
        }
    }

    mutating func append(_ migrations: [MigrationProgress], at time: Timestamp) {
        guard !migrations.isEmpty else { return }
        metric("registryd_migration_running", .gauge, "Whether blobs are being copied; 0: not any more.")
        for migration in migrations {
            // One that was killed says so for ever.
            let isRunning = migration.state == .running && migration.updated + .seconds(60) >= time
            sample(
                "registryd_migration_running", ["from": migration.source, "to": migration.target],
                value: isRunning ? 1 : 0)
        }
        metric("registryd_migration_blobs", .gauge, "Blobs of the last migration between two backends.")
        for migration in migrations {
            let states = [
                ("total", migration.total.blobs), ("copied", migration.copied.blobs), ("failed", migration.failed),
            ]
            for (state, count) in states {
                let labels: KeyValuePairs = ["from": migration.source, "to": migration.target, "state": state]
                sample("registryd_migration_blobs", labels, value: count)
            }
        }
        metric("registryd_migration_bytes", .gauge, "Bytes of the last migration between two backends.")
        for migration in migrations {
            for (state, bytes) in [("total", migration.total.bytes), ("copied", migration.copied.bytes)] {
                let labels: KeyValuePairs = ["from": migration.source, "to": migration.target, "state": state]
                sample("registryd_migration_bytes", labels, value: bytes)
            }
        }
    }
}
