import Testing

@testable import RegistryCore

@Suite struct NamesTests {
    @Test(arguments: [
        "a", "library/ubuntu", "a/manifests/b", "a.b/c_d/e__f/g-h/i---j", "0/1/2", "blobs/uploads/x", "a--b",
        String(repeating: "a", count: 229),
    ])
    func `is a repository's name`(_ text: String) {
        #expect(RepositoryName(text)?.description == text)
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", "A", "a/B", "a b", "a..b", "a._b", "a_-b", "a___b", "-a", "a-", ".a", "a.", "_a",
        "a_",
        "a/../b", "..", "a%2fb", "ä", "a\u{0}", "a:b", "a@b", String(repeating: "a", count: 230),
    ])
    func `is no repository's name`(_ text: String) {
        #expect(RepositoryName(text) == nil)
    }

    @Test func `a repository belongs to its first component`() {
        #expect(RepositoryName("alice/app/web")?.owner == "alice")
        #expect(RepositoryName("alice")?.owner == "alice")
    }

    @Test(arguments: ["latest", "v1.2.3-rc.1", "_x", "A", "0", String(repeating: "a", count: 128)])
    func `is a tag`(_ text: String) {
        #expect(Reference(text).map { "\($0)" } == text)
        #expect(Tag(text) != nil)
    }

    @Test(arguments: ["", ".a", "-a", "a/b", "a:b", "a b", "ä", String(repeating: "a", count: 129), "a+b"])
    func `is no tag`(_ text: String) {
        #expect(Tag(text) == nil)
        #expect(Reference(text) == nil)
    }
}
