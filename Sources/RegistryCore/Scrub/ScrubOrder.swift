extension MetadataStore {
    /// Backends in the order in which their scrubs are due: first those that were stopped, then those that were never read, then
    /// those that were read longest ago.
    package func scrubOrder(of backends: [String]) async throws -> [String] {
        let scrubs = Dictionary(try await scrubs().map { ($0.backend, $0) }) { $1 }
        func rank(_ name: String) -> (Int64, String) {
            guard let scrub = scrubs[name] else { return (0, name) }
            return (scrub.state == .finished ? scrub.updated.milliseconds : -1, name)
        }
        return backends.sorted { rank($0) < rank($1) }
    }
}
