extension Administration {
    package func createRepository(_ name: RepositoryName, _ visibility: Visibility) async throws {
        guard try await store.createRepository(name, visibility, at: now()) else {
            throw AdministrationError(
                .exists,
                "there is a repository \(name) already; to change who may read it: "
                    + "registryd repo visibility \(name) \(visibility.rawValue)"
            )
        }
        await record(.repositoryCreated, [("repository", name.description), ("visibility", visibility.rawValue)])
    }

    package func setVisibility(_ visibility: Visibility, of name: RepositoryName) async throws {
        guard try await store.setVisibility(visibility, of: name) else { throw AdministrationError.unknown(name) }
        await record(.visibilityChanged, [("repository", name.description), ("visibility", visibility.rawValue)])
    }

    /// With everything in it, and all grants on it.
    package func deleteRepository(_ name: RepositoryName) async throws {
        guard try await store.deleteRepository(name) else { throw AdministrationError.unknown(name, .find) }
        await record(.repositoryDeleted, [("repository", name.description)])
    }

    /// Takes the place of what the user was granted on the same pattern.
    package func grant(_ permission: Permission, on pattern: RepositoryPattern, to user: UserName) async throws {
        try await requireUser(user)
        let grant = GrantRecord(pattern: pattern, user: user, permission: permission)
        guard try await store.grant(grant, at: now()) else {
            guard case .repository(let name) = pattern else { throw AdministrationError.unknown(user) }
            throw AdministrationError.unknown(name)
        }
        await record(
            .granted,
            [
                ("repository", pattern.description), ("user", user.description),
                ("permission", permission.rawValue),
            ]
        )
    }

    /// What the user may otherwise do with it, as its owner or by another pattern, stays.
    package func revoke(_ pattern: RepositoryPattern, from user: UserName) async throws {
        guard try await store.revoke(pattern, from: user) else {
            throw AdministrationError(
                .unknown, "user \(user) has no grant on \(pattern); to see all: registryd repo show '\(pattern)'")
        }
        await record(.revoked, [("repository", pattern.description), ("user", user.description)])
    }
}

extension Administration {
    package func repository(_ name: RepositoryName) async throws -> RepositoryRecord {
        guard let record = try await store.repository(name) else { throw AdministrationError.unknown(name, .find) }
        return record
    }
}
