import Testing

@testable import RegistryCore

@Suite struct DigestTests {
    static let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func `reads what it prints`() throws {
        let digest = try #require(Digest(Self.empty))
        #expect(digest.algorithm == .sha256)
        #expect(digest.description == Self.empty)
        #expect(Digest("sha512:" + String(repeating: "0a", count: 64))?.algorithm == .sha512)
    }

    @Test(arguments: [
        "", ":", "sha256", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e",
        "SHA256:" + empty.dropFirst(7),
        empty.uppercased(), empty + "0", String(empty.dropLast()), empty.replacing("e3", with: "g3"), " " + empty,
        "sha512:" + empty.dropFirst(7), "sha256:" + empty,
    ])
    func `is not`(_ text: String) {
        #expect(Digest(text) == nil)
    }

    @Test func `an object's key names the digest when it is known, and the upload always`() throws {
        let id = UploadID()
        let digest = try #require(Digest(Self.empty))
        #expect(UploadPlan(id: id, digest: digest).key.description == "sha256/e3/\(digest.hex).\(id)")
        #expect(UploadPlan(id: id).key.description == "unnamed/\(id.description.prefix(2))/\(id)")
    }
}

@Suite struct UploadIDTests {
    @Test func `is a version 4 UUID, and a new one each time`() {
        let ids = (0..<1000).map { _ in UploadID().description }
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(UploadID(id)?.description == id)
            let parts = id.split(separator: "-").map { Array($0) }
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2][0] == "4")
            #expect("89ab".contains(parts[3][0]))
        }
    }

    @Test(arguments: ["", "list", "0C2F0E7A-0000-4000-8000-000000000000", "0c2f0e7a-0000-4000-8000-00000000000g"])
    func `is not`(_ text: String) {
        #expect(UploadID(text) == nil)
    }
}
