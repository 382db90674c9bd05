import Testing

@testable import RegistryCore

@Suite struct AccessRulesTests {
    private static let reads: [RegistryCore.Operation] = [.listTags, .pullManifest, .listReferrers, .pullBlob]
    private static let writes: [RegistryCore.Operation] = [
        .pushManifest, .startUpload, .continueUpload, .uploadStatus, .cancelUpload, .deleteManifest, .deleteBlob,
    ]

    private func rules(
        _ anonymous: AccessPolicy.Anonymous = .none,
        _ repositories: AccessPolicy.Repositories = .createOnPush
    ) -> AccessRules {
        var policy = AccessPolicy()
        policy.anonymous = anonymous
        policy.repositories = repositories
        return AccessRules(policy)
    }

    private func scope(_ texts: [String]) throws -> Scope {
        var scope = Scope()
        for text in texts {
            let isOne = scope.add(text)
            try #require(isOne, "\(text)")
        }
        return scope
    }

    private func caller(_ user: String?, _ scope: [String]? = nil, isBearer: Bool = false) throws -> Caller {
        var wanted: Scope?
        if let scope {
            wanted = try self.scope(scope)
        }
        return Caller(
            user: try user.map { try #require(UserName($0)) }, scope: wanted, isBearer: isBearer, address: "test")
    }

    private func verdict(
        _ operation: RegistryCore.Operation, _ caller: Caller, _ visibility: Visibility?, _ grant: Permission? = nil,
        _ rules: AccessRules? = nil, in name: String = "alice/app"
    ) throws -> Verdict {
        let name = try #require(RepositoryName(name))
        return (rules ?? self.rules()).verdict(
            operation, in: name, for: caller, Standing(visibility: visibility, grant: grant))
    }

    @Test func `every operation on a repository reads or writes, and a read needs pull`() {
        let onRegistry: [RegistryCore.Operation] = [.checkVersion, .listRepositories]
        #expect(Set(Self.reads + Self.writes + onRegistry) == Set(RegistryCore.Operation.allCases))
        #expect(Self.reads.allSatisfy { $0.permission == .read && $0.action == .pull })
        #expect(Self.writes.allSatisfy { $0.permission == .write && $0.action != .pull })
        #expect(onRegistry.allSatisfy { $0.permission == nil })
    }

    @Test(arguments: [Visibility?.none, .public, .private])
    func `nobody is let in without a name`(_ visibility: Visibility?) throws {
        for operation in RegistryCore.Operation.allCases {
            #expect(try verdict(operation, caller(nil), visibility) == .loginNeeded, "\(operation)")
        }
    }

    @Test func `where anonymous may pull they pull what is public, and that alone`() throws {
        for operation in Self.reads + Self.writes {
            let isRead = Self.reads.contains(operation)
            #expect(
                try verdict(operation, caller(nil), .public, nil, rules(.pull)) == (isRead ? .allowed : .loginNeeded))
            #expect(try verdict(operation, caller(nil), .private, nil, rules(.pull)) == .loginNeeded)
            #expect(try verdict(operation, caller(nil), nil, nil, rules(.pull)) == .loginNeeded)
        }
        #expect(rules(.pull).verdict(.checkVersion, for: try caller(nil)) == .loginNeeded)
        #expect(rules(.pull).verdict(.listRepositories, for: try caller(nil)) == .allowed)
    }

    @Test func `where anonymous may push everybody may do everything`() throws {
        for operation in RegistryCore.Operation.allCases {
            #expect(rules(.push).isOpen(operation, to: try caller(nil)))
            #expect(try verdict(operation, caller("bob"), .private, nil, rules(.push)) == .allowed)
            #expect(try verdict(operation, caller(nil), nil, nil, rules(.push), in: "ubuntu") == .allowed)
        }
    }

    @Test func `strangers read what is public, and learn nothing of the rest`() throws {
        for operation in Self.reads {
            #expect(try verdict(operation, caller("bob"), .public) == .allowed)
            #expect(try verdict(operation, caller("bob"), .private) == .hidden)
            #expect(try verdict(operation, caller("bob"), nil) == .hidden)
        }
        for operation in Self.writes {
            for visibility in [Visibility?.none, .public, .private] {
                #expect(try verdict(operation, caller("bob"), visibility) == .denied)
            }
        }
    }

    @Test(arguments: Permission.allCases)
    func `a grant gives what it says`(_ permission: Permission) throws {
        for operation in Self.reads { #expect(try verdict(operation, caller("bob"), .private, permission) == .allowed) }
        for operation in Self.writes {
            let expected: Verdict = permission >= .write ? .allowed : .denied
            #expect(try verdict(operation, caller("bob"), .private, permission) == expected)
        }
    }

    @Test(arguments: [Visibility?.none, .public, .private])
    func `owners do everything, and make their repositories by pushing`(_ visibility: Visibility?) throws {
        for operation in Self.reads + Self.writes {
            #expect(try verdict(operation, caller("alice"), visibility) == .allowed)
            #expect(try verdict(operation, caller("alic"), .private) != .allowed)
            #expect(try verdict(operation, caller("alice"), .private, nil, in: "alicea/app") != .allowed)
        }
    }

    @Test func `a name without an owner is made by administrators`() throws {
        #expect(try verdict(.startUpload, caller("ubuntu"), nil, nil, in: "ubuntu") == .denied)
        #expect(try verdict(.startUpload, caller("bob"), nil, .write, in: "ubuntu") == .denied)
        #expect(try verdict(.startUpload, caller("bob"), nil, .admin, in: "ubuntu") == .allowed)
        #expect(try verdict(.startUpload, caller("bob"), .public, .write, in: "ubuntu") == .allowed)
    }

    @Test func `where repositories must exist a push does not make them`() throws {
        let rules = rules(.none, .mustExist)
        for operation in Self.writes {
            let expected: Verdict = operation.createsRepository ? .mustExist : .allowed
            #expect(try verdict(operation, caller("alice"), nil, nil, rules) == expected)
            #expect(try verdict(operation, caller("alice"), .private, nil, rules) == .allowed)
            #expect(try verdict(operation, caller("bob"), nil, nil, rules) == .denied)
        }
        #expect(!self.rules(.push, .mustExist).isOpen(.startUpload, to: try caller(nil)))
        #expect(try verdict(.startUpload, caller(nil), nil, nil, self.rules(.push, .mustExist)) == .mustExist)
    }

    @Test func `a bearer token does what it says and its user still may`() throws {
        let pull = try caller("alice", ["repository:alice/app:pull"], isBearer: true)
        for operation in Self.reads { #expect(try verdict(operation, pull, .private) == .allowed) }
        for operation in Self.writes { #expect(try verdict(operation, pull, .private) == .scopeNeeded) }
        let all = try caller("bob", ["repository:alice/app:*"], isBearer: true)
        for operation in Self.reads { #expect(try verdict(operation, all, .private) == .hidden) }
        for operation in Self.writes { #expect(try verdict(operation, all, .private) == .denied) }
        let push = try caller("alice", ["repository:alice/app:pull,push"], isBearer: true)
        #expect(try verdict(.deleteManifest, push, .private) == .scopeNeeded)
        #expect(try verdict(.pushManifest, push, .private) == .allowed)
    }

    @Test(arguments: [Visibility?.none, .public, .private])
    func `a token for another repository says nothing of this one`(_ visibility: Visibility?) throws {
        let bearer = try caller("alice", ["repository:alice/other:*"], isBearer: true)
        let robot = try caller("alice", ["repository:alice/other:*"])
        for operation in Self.reads {
            #expect(try verdict(operation, bearer, visibility) == .scopeNeeded)
            #expect(try verdict(operation, robot, visibility) == .hidden)
        }
        for operation in Self.writes {
            #expect(try verdict(operation, bearer, visibility) == .scopeNeeded)
            #expect(try verdict(operation, robot, visibility) == .denied)
        }
    }

    @Test func `a token that was refused a repository is answered as its user`() throws {
        let bearer = try caller("bob", ["repository:alice/app:"], isBearer: true)
        #expect(try verdict(.pullManifest, bearer, .private) == .hidden)
        #expect(try verdict(.pullManifest, bearer, nil) == .hidden)
        #expect(try verdict(.startUpload, bearer, .private) == .denied)
        // Granted since: another token would say so.
        #expect(try verdict(.pullManifest, bearer, .private, .read) == .scopeNeeded)
        let nobody = try caller(nil, ["repository:alice/app:"], isBearer: true)
        #expect(try verdict(.pullManifest, nobody, .private, nil, rules(.pull)) == .loginNeeded)
    }

    @Test func `even where everybody may do everything a token does only what it says`() throws {
        let bearer = try caller("bob", ["repository:alice/app:pull"], isBearer: true)
        #expect(!rules(.push).isOpen(.startUpload, to: bearer))
        #expect(try verdict(.pullManifest, bearer, .private, nil, rules(.push)) == .allowed)
        #expect(try verdict(.startUpload, bearer, .private, nil, rules(.push)) == .scopeNeeded)
    }

    @Test func `lists need a token that speaks of them`() throws {
        let without = try caller("bob", ["repository:alice/app:pull"], isBearer: true)
        #expect(rules().verdict(.listRepositories, for: without) == .scopeNeeded)
        #expect(
            rules().verdict(.listRepositories, for: try caller("bob", ["registry:catalog:*"], isBearer: true))
                == .allowed)
        #expect(rules().verdict(.listRepositories, for: try caller("bob", ["repository:a/b:pull"])) == .denied)
        #expect(rules().verdict(.listRepositories, for: try caller("bob")) == .allowed)
        #expect(rules().verdict(.checkVersion, for: without) == .allowed)
    }

    @Test func `a token that nobody in particular has is good as long as they may pull`() throws {
        let token = try caller(nil, ["registry:catalog:*", "repository:alice/app:pull"], isBearer: true)
        for operation in [RegistryCore.Operation.checkVersion, .listRepositories] {
            #expect(rules(.pull).verdict(operation, for: token) == .allowed)
            #expect(rules(.none).verdict(operation, for: token) == .loginNeeded)
        }
        #expect(try verdict(.pullManifest, token, .public, nil, rules(.pull)) == .allowed)
        #expect(try verdict(.pullManifest, token, .public) == .loginNeeded)
        #expect(rules(.pull).verdict(.listRepositories, for: try caller(nil, [], isBearer: true)) == .scopeNeeded)
    }
}

@Suite struct AccessNounTests {
    @Test(arguments: ["repository:alice/app:pull", "repository:alice/*:pull,push", "repository:*:pull,push,delete"])
    func `a scope is read and written`(_ text: String) {
        var scope = Scope()
        let isOne = scope.add(text)
        #expect(isOne && scope.texts == [text])
    }

    @Test func `a star is all actions, and nothing stays nothing`() throws {
        var scope = Scope()
        for text in ["repository:a/b:*", "repository:a/c:", "registry:catalog:*"] {
            let isOne = scope.add(text)
            #expect(isOne)
        }
        #expect(scope.texts == ["registry:catalog:*", "repository:a/b:pull,push,delete", "repository:a/c:"])
        #expect(scope.actions(in: try #require(RepositoryName("a/c"))) == [])
        #expect(scope.actions(in: try #require(RepositoryName("a/d"))) == nil)
    }

    @Test(arguments: [
        "", "repository", "repository:a/b", "repository:A/b:pull", "repository:a/b:fly", "registry:catalog:pull",
        "registry:other:*", "repository(plugin):a/b:pull", "repository:a/b/*:pull", "namespace:a:pull",
    ])
    func `what is no scope is none`(_ text: String) {
        var scope = Scope()
        let isOne = scope.add(text)
        #expect(!isOne && scope == Scope())
    }

    @Test(arguments: [
        ("alice/*", "alice/app", true), ("alice/*", "alice/a/b", true), ("alice/*", "alice", false),
        ("alice/*", "alicea/app", false), ("*", "ubuntu", true), ("*", "a/b", true), ("alice/app", "alice/app", true),
        ("alice/app", "alice/app/x", false),
    ])
    func `patterns cover`(_ pattern: String, _ name: String, _ covers: Bool) throws {
        let pattern = try #require(RepositoryPattern(pattern))
        let name = try #require(RepositoryName(name))
        #expect(pattern.covers(name) == covers)
        #expect(name.patterns.contains(pattern) == covers)
    }

    @Test(arguments: ["alice/team/*", "/*", "*/app", "Alice/*", "", "alice/", "**"])
    func `what is no pattern is none`(_ text: String) {
        #expect(RepositoryPattern(text) == nil)
    }

    @Test(arguments: ["", "a b", "a:b", "a/b", "ä", "a\n", String(repeating: "a", count: 129), "*"])
    func `what is no user's name is none`(_ text: String) {
        #expect(UserName(text) == nil)
    }

    @Test(arguments: ["alice", "Alice", "a.b-c_d", "alice@example.com", "a+b", String(repeating: "a", count: 128)])
    func `what is a user's name is one`(_ text: String) {
        #expect(UserName(text)?.description == text)
    }
}
