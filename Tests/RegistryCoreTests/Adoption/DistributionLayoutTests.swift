import Testing

@testable import RegistryCore

struct DistributionLayoutTests {
    private let layout: DistributionLayout
    private let hex = String(repeating: "ab", count: 32)
    private let digest: Digest

    init() throws {
        layout = try #require(DistributionLayout(root: "/"))
        digest = try #require(Digest(.sha256, hex: hex))
    }

    @Test(arguments: [
        ("", "/docker/registry/v2"), ("/", "/docker/registry/v2"), ("old", "/old/docker/registry/v2"),
        ("/old/registry/", "/old/registry/docker/registry/v2"), ("a//b", "/a/b/docker/registry/v2"),
    ])
    func `a root is a path below that of the backend`(_ root: String, _ base: String) throws {
        let layout = try #require(DistributionLayout(root: root))
        #expect(layout.repositories.description == "\(base)/repositories")
        #expect(layout.blobs.description == "\(base)/blobs")
        #expect(layout.data(of: digest).description == "\(base)/blobs/sha256/ab/\(hex)/data")
        #expect(layout.data(of: digest).isForeign)
    }

    @Test(arguments: ["..", "old/../..", "./old", "/old/.."])
    func `a root that leads elsewhere is none`(_ root: String) {
        #expect(DistributionLayout(root: root) == nil)
    }

    private func link(_ path: String) -> (repository: String, link: DistributionLayout.Link)? {
        layout.link(at: ObjectKey("/docker/registry/v2/repositories/\(path)"))
    }

    @Test(arguments: ["app", "alice/app", "a/b/c/d", "alice/blobs", "alice/link"])
    func `links name their repository and what it has`(_ name: String) throws {
        let layer = try #require(link("\(name)/_layers/sha256/\(hex)/link"))
        #expect(layer == (name, .layer(digest)))
        let revision = try #require(link("\(name)/_manifests/revisions/sha256/\(hex)/link"))
        #expect(revision == (name, .revision(digest)))
        let tag = try #require(link("\(name)/_manifests/tags/v1.0/current/link"))
        #expect(tag == (name, .tag("v1.0")))
        #expect(layout.current("v1.0", in: name).description.hasSuffix("/\(name)/_manifests/tags/v1.0/current/link"))
    }

    @Test func `both algorithms are known, and others are named`() throws {
        let long = String(repeating: "0", count: 128)
        let layer = try #require(link("app/_layers/sha512/\(long)/link"))
        #expect(layer == ("app", .layer(try #require(Digest(.sha512, hex: long)))))
        let other = try #require(link("app/_layers/sha384/\(hex)/link"))
        #expect(other == ("app", .unknown("sha384:\(hex)")))
        let short = try #require(link("app/_manifests/revisions/sha256/abcd/link"))
        #expect(short == ("app", .unknown("sha256:abcd")))
    }

    @Test func `everything else is none of the links that count`() {
        let others = [
            "app/_manifests/tags/v1/index/sha256/\(hex)/link", "app/_uploads/0b5e/startedat", "app/_uploads/0b5e/data",
            "app/_uploads/0b5e/hashstates/sha256/0",
            "app/_manifests/revisions/sha256/\(hex)/signatures/sha256/\(hex)/link",
            "app/_layers/sha256/\(hex)/data", "app/_layers/sha256/\(hex)", "_layers/sha256/\(hex)/link", "app/link",
            "link",
            "",
        ]
        for path in others { #expect(link(path) == nil, "\(path)") }
        #expect(layout.link(at: ObjectKey("/docker/registry/v2/blobs/sha256/ab/\(hex)/data")) == nil)
        #expect(layout.link(at: ObjectKey("/elsewhere/app/_layers/sha256/\(hex)/link")) == nil)
    }

    @Test func `data is a digest's where its path says so twice`() {
        func digest(_ path: String) -> Digest? { layout.digest(at: ObjectKey("/docker/registry/v2/blobs/\(path)")) }
        #expect(digest("sha256/ab/\(hex)/data") == self.digest)
        for path in ["sha256/aa/\(hex)/data", "sha256/ab/\(hex)/link", "sha256/a/\(hex)/data", "sha256/\(hex)/data"] {
            #expect(digest(path) == nil, "\(path)")
        }
        #expect(layout.digest(at: ObjectKey("/docker/registry/v2/repositories/sha256/ab/\(hex)/data")) == nil)
    }
}
