import RegistryCore

/// What signs a request. Prints as nothing but the key's id, whichever way it is printed.
struct Credentials: Sendable, Hashable {
    let accessKeyID: String
    let secretAccessKey: String
    let sessionToken: String?
    /// nil: they do not expire.
    let expiration: Timestamp?

    init(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String? = nil,
        expiration: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "credentials of access key \(accessKeyID)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
