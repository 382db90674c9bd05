/// A place that credentials may come from.
protocol CredentialProvider: Sendable {
    /// As in “tried …”.
    var name: String { get }

    /// Throws ``CredentialError`` when this is where credentials are configured to come from, and they do not.
    func credentials(in surroundings: Surroundings) async throws -> CredentialAnswer
}

enum CredentialAnswer: Sendable, Hashable {
    case found(Credentials)
    /// They are not configured to come from here; what was missing for it. The next is asked.
    case notHere(String)
}
