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
    /// What somebody who meets nothing most likely wants.
    enum Wish: Sendable {
        /// That it were there.
        case make
        /// That it were not, or to look at it: then its name may be another.
        case find
    }

    static func unknown(_ user: UserName, _ wish: Wish = .make) -> AdministrationError {
        let hint =
            switch wish {
            case .make: "to add one: registryd user add \(user)"
            case .find: "to see all: registryd user list"
            }
        return AdministrationError(.unknown, "there is no user \(user); \(hint)")
    }

    static func unknown(_ repository: RepositoryName, _ wish: Wish = .make) -> AdministrationError {
        let hint =
            switch wish {
            case .make: "to make it: registryd repo create \(repository)"
            case .find: "to see all: registryd repo list"
            }
        return AdministrationError(.unknown, "there is no repository \(repository); \(hint)")
    }
}
