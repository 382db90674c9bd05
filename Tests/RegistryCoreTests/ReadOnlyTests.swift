import TestSupport
import Testing

@testable import RegistryCore

/// What a registry that is read-only lets through.
@Suite struct ReadOnlyTests {
    private func readOnly(_ access: AccessPolicy.Anonymous) -> RegistrySettings {
        var settings = RegistrySettings()
        settings.access.anonymous = access
        settings.isReadOnly = true
        return settings
    }

    @Test(arguments: RegistryCore.Operation.allCases)
    func `what writes is refused, what reads is not`(_ operation: RegistryCore.Operation) async throws {
        try await Fixture.with { fixture in
            try await fixture.registry.reload(readOnly(.push), fixture.registry.backends)
            let caller = Caller(user: nil, address: "test")
            let refusal = await code { _ = try await fixture.registry.authorize(caller, operation, in: fixture.app) }
            let reads: Set<RegistryCore.Operation> = [
                .checkVersion, .listRepositories, .listTags, .pullManifest, .listReferrers, .pullBlob, .uploadStatus,
            ]
            #expect(refusal == (reads.contains(operation) ? nil : .readOnly))
        }
    }

    @Test func `who may not write is refused for that`() async throws {
        try await Fixture.with { fixture in
            try await fixture.registry.reload(readOnly(.none), fixture.registry.backends)
            let bob = Caller(user: try #require(UserName("bob")), address: "test")
            for (caller, expected) in [
                (Caller(user: nil, address: "test"), RegistryError.Code.unauthorized), (bob, .denied),
            ] {
                let refusal = await code {
                    _ = try await fixture.registry.authorize(caller, .startUpload, in: fixture.app)
                }
                #expect(refusal == expected)
            }
        }
    }

    @Test func `what was allowed before is asked about again`() async throws {
        try await Fixture.with { fixture in
            let caller = Caller(user: nil, address: "test")
            let leave = try await fixture.registry.authorize(caller, .startUpload, in: fixture.app)
            try await fixture.registry.reload(readOnly(.push), fixture.registry.backends)
            let refusal = await code {
                try await fixture.registry.push(body(["abc"]), as: digest(of: "abc"), leave)
            }
            #expect(refusal == .readOnly)
            #expect(try await fixture.storage.keys().isEmpty)
        }
    }
}
