/// Where it is written down who changed what: failed logins, changes of users, grants and tokens, deletes, and adoptions.
package protocol AuditLog: Sendable {
    /// Returns when the line is written. A line that cannot be written is told to the operator, and does not undo what it is about.
    func record(_ event: AuditEvent) async
}

package struct AuditEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case loginFailed = "login-failed"
        case userAdded = "user-added", passwordChanged = "password-changed", userRemoved = "user-removed"
        case repositoryCreated = "repository-created", visibilityChanged = "visibility-changed"
        case repositoryDeleted = "repository-deleted"
        case granted, revoked
        case tokenCreated = "token-created", tokenRevoked = "token-revoked"
        case keysRotated = "keys-rotated"
        case adopted
        case tagDeleted = "tag-deleted", manifestDeleted = "manifest-deleted", blobDeleted = "blob-deleted"
        case garbageCollected = "garbage-collected"
        case restored
    }

    package var kind: Kind
    /// Who: a user's name, or on the command line that of the system's user; nil: nobody in particular.
    package var actor: String?
    /// Where from: a client's address, or `command line`.
    package var origin: String
    /// What it was done to, and how; in this order.
    package var details: [(name: String, value: String)]

    package init(_ kind: Kind, actor: String?, origin: String, _ details: [(name: String, value: String)]) {
        self.kind = kind
        self.actor = actor
        self.origin = origin
        self.details = details
    }

    package static func == (a: AuditEvent, b: AuditEvent) -> Bool {
        a.kind == b.kind && a.actor == b.actor && a.origin == b.origin
            && a.details.elementsEqual(b.details) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(actor)
        hasher.combine(origin)
        for (name, value) in details {
            hasher.combine(name)
            hasher.combine(value)
        }
    }
}

/// For those who do not keep one.
package struct NoAuditLog: AuditLog {
    package init() {}
    package func record(_ event: AuditEvent) async {}
}
