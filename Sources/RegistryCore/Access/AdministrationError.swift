/// Why something was not changed: what is wrong, and what to do.
package struct AdministrationError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// What was given is no name, pattern or scope.
        case invalid
        case unknown
        case exists
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension AdministrationError {
    static func unknown(_ user: UserName) -> AdministrationError {
        AdministrationError(.unknown, "there is no user \(user); to add one: registryd user add \(user)")
    }

    static func unknown(_ repository: RepositoryName) -> AdministrationError {
        AdministrationError(
            .unknown, "there is no repository \(repository); to make it: registryd repo create \(repository)")
    }
}
