/// What the store knows of a repository and of somebody's rights to it.
package struct Standing: Sendable, Hashable {
    /// nil: there is no such repository.
    package var visibility: Visibility?
    /// The highest of the user's grants that cover it.
    package var grant: Permission?

    package init(visibility: Visibility?, grant: Permission?) {
        self.visibility = visibility
        self.grant = grant
    }
}

/// What comes of asking for an operation.
package enum Verdict: Sendable, Hashable {
    case allowed
    /// Somebody who says who they are might.
    case loginNeeded
    /// Another token might.
    case scopeNeeded
    /// Those who ask are not to know whether the repository exists.
    case hidden
    case denied
    /// They might, if there were the repository; it is not made by pushing to it.
    case mustExist
}

/// The rules: from what is known to a verdict, without asking anybody.
package struct AccessRules: Sendable {
    package var policy: AccessPolicy

    package init(_ policy: AccessPolicy) {
        self.policy = policy
    }

    /// Whether everybody may do this, whatever the store says.
    package func isOpen(_ operation: Operation, to caller: Caller) -> Bool {
        policy.anonymous == .push && caller.scope == nil
            && !(operation.createsRepository && policy.repositories == .mustExist)
    }

    /// For operations on the registry as a whole.
    package func verdict(_ operation: Operation, for caller: Caller) -> Verdict {
        if caller.user == nil {
            switch policy.anonymous {
            case .push: break
            // Clients that are let in here do not log in, so those who could push would not. A token is a login of a kind.
            case .pull where operation == .checkVersion && caller.scope == nil: return .loginNeeded
            case .pull: break
            case .none: return .loginNeeded
            }
        }
        if operation == .listRepositories, let scope = caller.scope, !scope.hasCatalog {
            return caller.isBearer ? .scopeNeeded : .denied
        }
        return .allowed
    }

    package func verdict(
        _ operation: Operation,
        in repository: RepositoryName,
        for caller: Caller,
        _ standing: Standing
    ) -> Verdict {
        guard let needed = operation.permission else { return verdict(operation, for: caller) }
        let refusal: Verdict = needed == .read ? .hidden : .denied
        let actions = caller.scope?.actions(in: repository)
        // A token that does not speak of the repository tells nothing of it, not even that it exists.
        if caller.scope != nil, actions == nil { return caller.isBearer ? .scopeNeeded : refusal }

        guard let right = right(of: caller.user, to: repository, standing), right >= needed else {
            return caller.user == nil ? .loginNeeded : refusal
        }
        if let actions, !actions.contains(operation.action) { return caller.isBearer ? .scopeNeeded : refusal }

        if standing.visibility == nil, operation.createsRepository {
            // Names without an owner are the administrators', and everybody's where everybody may do everything.
            if repository.isOneComponent, right < .admin, policy.anonymous != .push { return .denied }
            if policy.repositories == .mustExist { return .mustExist }
        }
        return .allowed
    }

    /// What a user may do with a repository; nil: nothing.
    package func right(of user: UserName?, to repository: RepositoryName, _ standing: Standing) -> Permission? {
        var rights: [Permission] = []
        if policy.anonymous == .push { rights.append(.write) }
        if standing.visibility == .public, user != nil || policy.anonymous == .pull { rights.append(.read) }
        if let user, !repository.isOneComponent, repository.owner == user.description { rights.append(.admin) }
        if let grant = standing.grant { rights.append(grant) }
        return rights.max()
    }
}

/// Which repositories a list is to show.
package enum RepositoryFilter: Sendable, Hashable {
    case all
    /// Those that a user may read (nil: nobody in particular): the own, those with a grant, and public ones.
    case readable(by: UserName?)
}
