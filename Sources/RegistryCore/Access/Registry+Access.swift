/// That a caller may do an operation. ``Registry/authorize(_:_:in:)`` alone makes one, and every operation takes one: what
/// was not checked cannot be done.
package struct Authorization: Sendable {
    package let caller: Caller
    package let operation: Operation
    /// Whether caches that others use must not keep the answer.
    package let isPrivate: Bool
    fileprivate let name: RepositoryName?
    /// The repository was there.
    fileprivate let exists: Bool

    fileprivate init(
        _ caller: Caller,
        _ operation: Operation,
        _ name: RepositoryName?,
        isPrivate: Bool,
        exists: Bool = false
    ) {
        self.caller = caller
        self.operation = operation
        self.name = name
        self.isPrivate = isPrivate
        self.exists = exists
    }

    /// The repository, for the code that does the operation. Throws when it was another that was allowed.
    func repository(for operation: Operation) throws -> RepositoryName {
        guard operation == self.operation, let name else {
            throw RegistryError(.failed, "\(operation) was done with leave for \(self.operation)")
        }
        return name
    }

    /// The same for what several operations have in common.
    func repository(forOneOf operations: [Operation]) throws -> RepositoryName {
        try repository(for: operations.first { $0 == operation } ?? operations[0])
    }
}

extension Registry {
    /// Whether `caller` may do `operation`, on `repository` where it is about one: the only place where this is decided.
    ///
    /// Throws `unauthorized`, with what to ask for; `denied`; `nameUnknown`, also of a repository that the caller is not to
    /// know of; and `readOnly` to those who might write at another time.
    package func authorize(
        _ caller: Caller,
        _ operation: Operation,
        in repository: RepositoryName? = nil
    ) async throws -> Authorization {
        let authorization = try await check(caller, operation, repository)
        try refuseIfReadOnly(operation)
        return authorization
    }

    private func check(
        _ caller: Caller,
        _ operation: Operation,
        _ repository: RepositoryName?
    ) async throws -> Authorization {
        let rules = AccessRules(settings.access)
        if rules.isOpen(operation, to: caller) {
            // The answers that others' caches are for say themselves whose they are: here nothing is read of the repository.
            let isCached = operation == .pullManifest || operation == .pullBlob
            return Authorization(caller, operation, repository, isPrivate: repository != nil && !isCached)
        }
        guard let repository else {
            try refuse(rules.verdict(operation, for: caller), caller, operation, nil)
            return Authorization(caller, operation, nil, isPrivate: true)
        }
        let standing = try await metadata.standing(of: caller.user, in: repository)
        try refuse(rules.verdict(operation, in: repository, for: caller, standing), caller, operation, repository)
        return Authorization(
            caller, operation, repository, isPrivate: standing.visibility != .public,
            exists: standing.visibility != nil)
    }

    /// Asks again, before what a request brought counts: its body may have taken hours, and meanwhile the right to it may have
    /// been revoked, the user removed, the repository deleted.
    func confirm(_ authorization: Authorization) async throws {
        let (caller, operation) = (authorization.caller, authorization.operation)
        try refuseIfReadOnly(operation)
        let rules = AccessRules(settings.access)
        guard !rules.isOpen(operation, to: caller), let name = authorization.name else { return }
        guard try await isCurrent(caller) else {
            var error = RegistryError(.unauthorized, "the credentials were revoked meanwhile")
            error.challenge = Challenge(scope: operation.scope(in: name), error: "invalid_token")
            throw error
        }
        let standing = try await metadata.standing(of: caller.user, in: name)
        try refuse(rules.verdict(operation, in: name, for: caller, standing), caller, operation, name)
        // It does not come back by what was on its way.
        if authorization.exists, standing.visibility == nil { throw Self.unknown(name) }
    }

    /// Whether `caller` may do it, where the answer is no error of the request.
    func mayDo(_ caller: Caller, _ operation: Operation, in repository: RepositoryName) async throws -> Bool {
        let rules = AccessRules(settings.access)
        if rules.isOpen(operation, to: caller) { return true }
        let standing = try await metadata.standing(of: caller.user, in: repository)
        return rules.verdict(operation, in: repository, for: caller, standing) == .allowed
    }

    /// What of a scope that a client asks for `caller` may have at the moment. A repository that was asked for and may not be
    /// had stays, with no actions.
    ///
    /// Throws `unauthorized` when nobody in particular asks, where only users are served.
    package func grantable(_ scope: Scope, to caller: Caller) async throws -> Scope {
        if caller.user == nil, settings.access.anonymous == .none {
            var error = RegistryError(.unauthorized, "authentication required")
            error.challenge = Challenge(isBasic: true)
            throw error
        }
        let rules = AccessRules(settings.access)
        var granted = Scope()
        granted.hasCatalog = scope.hasCatalog && rules.verdict(.listRepositories, for: caller) == .allowed
        for entry in scope.entries {
            guard case .repository(let name) = entry.repositories else { continue }
            let standing = try await metadata.standing(of: caller.user, in: name)
            let actions = entry.actions.filter {
                let verdict = rules.verdict($0.operation, in: name, for: caller, standing)
                // That a repository must be made first is said when it is pushed to.
                return verdict == .allowed || verdict == .mustExist
            }
            granted.entries.append(Scope.Entry(entry.repositories, actions))
        }
        return granted
    }

    /// Which repositories `caller` finds in lists.
    func visible(to caller: Caller) -> RepositoryFilter {
        settings.access.anonymous == .push ? .all : .readable(by: caller.user)
    }

    private func refuseIfReadOnly(_ operation: Operation) throws(RegistryError) {
        guard operation.writes, settings.isReadOnly else { return }
        throw RegistryError(
            .readOnly, "this registry is read-only at the moment (read-only: true in its configuration); pulls go on")
    }

    private func refuse(
        _ verdict: Verdict,
        _ caller: Caller,
        _ operation: Operation,
        _ repository: RepositoryName?
    ) throws(RegistryError) {
        let place = repository.map { " in \($0)" } ?? ""
        let who = caller.user.map { "user \($0)" } ?? "nobody in particular"
        switch verdict {
        case .allowed:
            return
        case .loginNeeded, .scopeNeeded:
            var error = RegistryError(.unauthorized, "authentication required")
            error.challenge = Challenge(scope: operation.scope(in: repository))
            if verdict == .scopeNeeded {
                error.message = "the token does not allow this\(place)"
                error.challenge?.error = "insufficient_scope"
            }
            throw error
        case .hidden:
            throw Self.unknown(repository)
        case .denied:
            throw RegistryError(.denied, "\(who) may not do this\(place)")
        case .mustExist:
            throw RegistryError(
                .nameUnknown,
                "\(Self.unknown(repository).message), and a push does not make it here: registryd repo create")
        }
    }

    /// The same words for what does not exist and for what is not to be known of.
    static func unknown(_ repository: RepositoryName?) -> RegistryError {
        RegistryError(.nameUnknown, repository.map { "repository \($0) is not known" } ?? "there is no such repository")
    }
}

/// What a client that is not let in is told to do (RFC 9110, section 11.6.1; RFC 6750, section 3).
package struct Challenge: Sendable, Hashable {
    /// What a token has to say; nil: anything.
    package var scope: String?
    /// `invalid_token`, `insufficient_scope`; nil: there were no credentials.
    package var error: String?
    /// The client tried a name and a password, so that is what it is asked for again.
    package var isBasic: Bool

    package init(scope: String? = nil, error: String? = nil, isBasic: Bool = false) {
        self.scope = scope
        self.error = error
        self.isBasic = isBasic
    }
}

extension Scope.Action {
    /// Whoever may do this may have the action.
    fileprivate var operation: Operation {
        switch self {
        case .pull: .pullManifest
        case .push: .startUpload
        case .delete: .deleteManifest
        }
    }
}
