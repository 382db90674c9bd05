package import RegistryCore

/// A user, wherever they are kept.
struct Account: Sendable, Hashable {
    var name: UserName
    /// nil: no password is right.
    var passwordHash: String?
    /// Other when the user was removed and added again, or got another password: what was given out before is over then.
    var fingerprint: String
    /// Other when the user was removed and added again, whatever the password: for what is not made with that.
    var identity: String
    /// 0 for those of the file, of whom it is not known.
    var created: Timestamp
}

extension Account {
    /// Whether what was made with this fingerprint still counts. One of the two kinds cannot be taken for the other.
    func hasMade(_ fingerprint: String) -> Bool { fingerprint == self.fingerprint || fingerprint == identity }
}

/// The users that there are: those of the metadata store, and those of the htpasswd file.
struct Accounts: Sendable {
    let store: any AccessStore
    let htpasswd: HtpasswdFile?

    /// nil: there is no such user. A password in the store counts before one in the file.
    func account(_ name: UserName) async throws -> Account? {
        let record = try await store.user(name)
        if let hash = record?.passwordHash { return account(name, hash, record) }
        if let hash = htpasswd?.hash(of: name) { return account(name, hash, record) }
        return record.map { account(name, nil, $0) }
    }

    private func account(_ name: UserName, _ hash: String?, _ record: UserRecord?) -> Account {
        let created = record?.created ?? Timestamp(milliseconds: 0)
        let parts = [name.description, hash ?? "", "\(created.milliseconds)"]
        return Account(
            name: name, passwordHash: hash, fingerprint: Secrets.fingerprint(of: parts),
            identity: Secrets.fingerprint(of: [name.description, "\(created.milliseconds)"]), created: created)
    }
}
