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

    /// With all grants and tokens; the repositories stay.
    package func removeUser(_ name: UserName) async throws {
        guard try await store.removeUser(name) else { throw try notHere(name) }
        await record(.userRemoved, [("user", name.description)])
    }

    private static func exists(_ name: UserName) -> AdministrationError {
        AdministrationError(
            .exists, "there is a user \(name) already; to set a new password: registryd user passwd \(name)")
    }

    private func notHere(_ name: UserName) throws -> AdministrationError {
        guard try isKnownElsewhere(name) else { return .unknown(name) }
        return AdministrationError(.unknown, "user \(name) is in the htpasswd file only: change it there")
    }
}
