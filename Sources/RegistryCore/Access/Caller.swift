/// Who asks for an operation, as far as that was proved.
package struct Caller: Sendable, Hashable {
    /// nil: somebody who has not said who they are.
    package var user: UserName?
    /// What the credentials allow at most; nil: whatever their user may.
    package var scope: Scope?
    /// They are a bearer token, for which the client can get another that says more.
    package var isBearer: Bool
    /// The client's address, for the audit log.
    package var address: String
    /// By what it was proved, to see whether that still counts; nil: nobody in particular.
    package var proof: Proof?

    package struct Proof: Sendable, Hashable {
        /// Of the user's credentials: other when these are.
        package var fingerprint: String
        /// The id of the robot token that was used.
        package var robot: String?

        package init(fingerprint: String, robot: String? = nil) {
            self.fingerprint = fingerprint
            self.robot = robot
        }
    }

    package init(
        user: UserName?,
        scope: Scope? = nil,
        isBearer: Bool = false,
        address: String,
        proof: Proof? = nil
    ) {
        self.user = user
        self.scope = scope
        self.isBearer = isBearer
        self.address = address
        self.proof = proof
    }
}

/// What the operator lets those do who have no grants.
package struct AccessPolicy: Sendable, Hashable {
    package enum Anonymous: String, Sendable, Hashable, CaseIterable {
        case none
        /// From public repositories.
        case pull
        /// Everything.
        case push
    }

    package enum Repositories: String, Sendable, Hashable, CaseIterable {
        /// A push makes its repository, in a namespace that the pusher may write to.
        case createOnPush = "create-on-push"
        case mustExist = "must-exist"
    }

    package var anonymous = Anonymous.none
    package var repositories = Repositories.createOnPush

    package init() {}
}
