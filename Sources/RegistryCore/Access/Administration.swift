/// Changing users, repositories, grants and tokens, for whoever runs the server. Every change leaves an event in the audit log.
///
/// A change is made first and written down afterwards, so that the log tells of nothing that did not happen. All throw
/// ``AdministrationError``, and ``MetadataError`` from below.
package struct Administration: Sendable {
    package let store: any AccessStore
    let audit: any AuditLog
    /// Who changes things, and from where, for the audit log.
    let actor: String?
    let origin: String
    /// Whether somebody is a user who is not in the store: of an htpasswd file.
    let isKnownElsewhere: @Sendable (UserName) throws -> Bool
    package let now: @Sendable () -> Timestamp

    package init(
        store: any AccessStore,
        audit: any AuditLog,
        actor: String?,
        origin: String,
        isKnownElsewhere: @escaping @Sendable (UserName) throws -> Bool = { _ in false },
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.store = store
        self.audit = audit
        self.actor = actor
        self.origin = origin
        self.isKnownElsewhere = isKnownElsewhere
        self.now = now
    }

    /// Notes that tokens are signed with a new key from now on.
    ///
    /// - Parameter removed: the keys that were removed with it: what they signed is over.
    package func keysRotated(to id: String, removed: [String]) async {
        let gone = removed.isEmpty ? [] : [(name: "removed", value: removed.joined(separator: " "))]
        await record(.keysRotated, [("key", id)] + gone)
    }

    func record(_ kind: AuditEvent.Kind, _ details: [(name: String, value: String)]) async {
        await audit.record(AuditEvent(kind, actor: actor, origin: origin, details))
    }

    /// Throws unless there is such a user, here or elsewhere.
    func requireUser(_ name: UserName, _ wish: AdministrationError.Wish = .make) async throws {
        if try await store.user(name) != nil { return }
        if try isKnownElsewhere(name) { return }
        throw AdministrationError.unknown(name, wish)
    }
}
