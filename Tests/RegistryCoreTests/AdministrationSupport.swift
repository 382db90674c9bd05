import Synchronization
import Testing

@testable import RegistryCore

/// Keeps what was written down.
final class AuditSpy: AuditLog {
    private let list = Mutex<[AuditEvent]>([])

    func record(_ event: AuditEvent) async { list.withLock { $0.append(event) } }

    /// What was written since it was asked last, a text each: the kind, then the details.
    func take() -> [String] {
        let events = list.withLock { list in
            defer { list = [] }
            return list
        }
        return events.map { event in
            let who = event.actor == "root" && event.origin == "command line" ? "" : "?"
            return who + ([event.kind.rawValue] + event.details.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        }
    }
}

/// Runs `body` as root on the command line, with a store of its own and the audit log.
func withAdministration(
    knownElsewhere: Set<String> = [],
    _ body: (Administration, AuditSpy, Fixture) async throws -> Void
) async throws {
    try await Fixture.with { fixture in
        let audit = AuditSpy()
        let administration = Administration(
            store: fixture.store, audit: audit, actor: "root", origin: "command line",
            isKnownElsewhere: { knownElsewhere.contains($0.description) }, now: { fixture.clock.now })
        try await body(administration, audit, fixture)
    }
}

func userName(_ text: String) throws -> UserName { try #require(UserName(text)) }

/// What `body` throws; nil: nothing.
func refusal(_ body: () async throws -> Void) async -> AdministrationError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? AdministrationError
    }
}
