import Testing

@testable import RegistryCore

struct AdministrationReadingTests {
    @Test(arguments: ["alice/app", "alice/team/app", "alice/*", "ubuntu", "*"])
    func `a pattern reads back`(_ text: String) throws {
        #expect(try Administration.pattern(text).description == text)
    }

    @Test(arguments: [
        ("alice/team/*", "alice/*"), ("Alice/app", "alice/app"), ("**", "alice/app"), ("", "alice/app"),
        ("alice/", "alice/app"), ("*/app", "alice/app"),
    ])
    func `what is no pattern is refused with one that is`(_ text: String, _ hint: String) {
        let error = #expect(throws: AdministrationError.self) { try Administration.pattern(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(hint) == true)
    }

    @Test(arguments: ["", "a b", "alice:x", "alice/app", "ä"])
    func `what is no user's or token's name is refused`(_ text: String) {
        #expect(throws: AdministrationError.self) { try Administration.userName(text) }
        #expect(throws: AdministrationError.self) { try Administration.tokenName(text) }
    }

    @Test(arguments: ["Alice/app", "", "alice/*", "/app"])
    func `what is no repository's name is refused`(_ text: String) {
        #expect(throws: AdministrationError.self) { try Administration.repositoryName(text) }
    }

    @Test(
        arguments: [
            [], ["repository:alice/app"], ["repository:alice/app:"], ["repository:alice/app:pul"],
            ["registry:catalog:pull"],
            ["repository:alice/app:pull", "user:x:y"], ["repository:alice/team/*:pull"],
        ] as [[String]])
    func `what is no scope is refused`(_ texts: [String]) {
        let error = #expect(throws: AdministrationError.self) { try Administration.scope(texts) }
        #expect(error?.message.contains("repository:alice/app:pull,push") == true)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (999, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        (951_782_399_999, "2000-02-28T23:59:59Z"), (1_795_426_200_123, "2026-11-23T09:30:00Z"),
    ])
    func `a time is written in whole seconds, in UTC`(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }
}
