extension Administration {
    /// - Parameter passwordHash: in crypt(5)'s format; nil: the user comes with tokens or a certificate.
    package func addUser(_ name: UserName, passwordHash: String?) async throws {
        let time = now()
        let user = UserRecord(name: name, passwordHash: passwordHash, created: time, changed: time)
        guard try await store.addUser(user) else { throw Self.exists(name) }
        await record(.userAdded, [("user", name.description)])
    }

    /// Throws what ``addUser(_:passwordHash:)`` would, for asking before somebody types a password.
    package func checkNew(_ name: UserName) async throws {
        if try await store.user(name) != nil { throw Self.exists(name) }
    }

    /// Logins with the old one end.
    package func setPassword(_ hash: String, of name: UserName) async throws {
        guard try await store.setPassword(hash, of: name, at: now()) else { throw try notHere(name) }
        await record(.passwordChanged, [("user", name.description)])
    }

    /// Throws unless ``setPassword(_:of:)`` could set it.
    package func checkHere(_ name: UserName) async throws {
        if try await store.user(name) == nil { throw try notHere(name) }
    }

    /// With all grants and tokens; the repositories stay. So it is done, too, for somebody who was in an htpasswd file.
    ///
    /// Returns whether the user is still known elsewhere, and can log in.
    package func removeUser(_ name: UserName) async throws -> Bool {
        // Asked first: a removal that happened must not end with an error.
        let remains = try isKnownElsewhere(name)
        guard try await store.removeUser(name) else { throw notHere(name, isElsewhere: remains, .find) }
        await record(.userRemoved, [("user", name.description)])
        return remains
    }

    private static func exists(_ name: UserName) -> AdministrationError {
        AdministrationError(
            .exists, "there is a user \(name) already; to set a new password: registryd user passwd \(name)")
    }

    private func notHere(_ name: UserName) throws -> AdministrationError {
        notHere(name, isElsewhere: try isKnownElsewhere(name), .make)
    }

    private func notHere(_ name: UserName, isElsewhere: Bool, _ wish: AdministrationError.Wish) -> AdministrationError {
        guard isElsewhere else { return .unknown(name, wish) }
        return AdministrationError(.unknown, "user \(name) is in the htpasswd file only: change it there")
    }
}
