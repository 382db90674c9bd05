import Foundation
import RegistryCore
import Testing

@testable import StorageS3

/// What a section of the configuration may say.
struct StorageSectionTests {
    private struct Captured: Decodable {
        let decoder: any Decoder
        init(from decoder: any Decoder) { self.decoder = decoder }
    }

    /// A decoder for a section that has `more` beside what every section has.
    private func decoder(_ more: String) throws -> any Decoder {
        let text = #"{"endpoint": "http://10.1.2.3:9000", "bucket": "registry", "prefix": "team-a/", \#(more)}"#
        return try JSONDecoder().decode(Captured.self, from: Data(text.utf8)).decoder
    }

    /// What a DecodingError says, and of which key.
    private func complaint(_ body: () throws -> Void) -> (path: String, text: String)? {
        do {
            try body()
            return nil
        } catch DecodingError.dataCorrupted(let context) {
            return (context.codingPath.map(\.stringValue).joined(separator: "."), context.debugDescription)
        } catch {
            return ("", "\(error)")
        }
    }

    @Test func `redirects go to the public endpoint, for twenty minutes unless it says otherwise`() throws {
        let section = try S3Section(
            from: decoder(#""redirect": {"enabled": true, "public-endpoint": "https://s3.example.com/files"}"#))
        let redirect = try #require(try section.s3Redirect)
        #expect(redirect.expires == .seconds(1200))
        let target = try #require(redirect.address).target(name: "team-a/blobs/x")
        #expect(target.url == "https://s3.example.com/files/registry/team-a/blobs/x")
    }

    @Test func `redirects go where the registry goes when there is no public endpoint`() throws {
        let section = try S3Section(from: decoder(#""redirect": {"enabled": true, "expires": "7d"}"#))
        #expect(try section.s3Redirect == S3Redirect(expires: .seconds(7 * 24 * 3600)))
    }

    @Test(arguments: [#""region": "r""#, #""redirect": {"enabled": false, "expires": "1h"}"#])
    func `there are none unless it says so`(_ text: String) throws {
        #expect(try S3Section(from: decoder(text)).s3Redirect == nil)
    }

    @Test(arguments: [
        (#"{"expires": "1h"}"#, "redirect.enabled", "`enabled: true`"),
        (#"{"public-endpoint": "https://s3.example.com"}"#, "redirect.enabled", "`enabled: true`"),
        (#"{"enabled": true, "expires": "8d"}"#, "redirect.expires", "1s to 7d, not for 8d"),
        (#"{"enabled": true, "expires": "0s"}"#, "redirect.expires", "1s to 7d"),
        (#"{"enabled": true, "public-endpoint": "s3.example.com"}"#, "redirect.public-endpoint", "http://"),
    ])
    func `a redirect that makes no sense is refused`(_ text: String, _ path: String, _ hint: String) throws {
        let decoder = try decoder(#""redirect": \#(text)"#)
        let complaint = try #require(complaint { _ = try S3Section(from: decoder) })
        #expect(complaint.path == path)
        #expect(complaint.text.contains(hint), "\(complaint.text)")
    }

    @Test func `a public endpoint that cannot have the bucket in its name is refused`() throws {
        let decoder = try decoder(
            #""redirect": {"enabled": true, "public-endpoint": "http://10.0.0.1"}, "path-style": true"#)
        #expect(complaint { _ = try S3Section(from: decoder) } == nil)
        let virtual =
            #"{"endpoint": "https://s3.example.com", "bucket": "registry", "path-style": false, "#
            + #""redirect": {"enabled": true, "public-endpoint": "http://10.0.0.1"}}"#
        let other = try JSONDecoder().decode(Captured.self, from: Data(virtual.utf8)).decoder
        #expect(complaint { _ = try S3Section(from: other) }?.path == "redirect")
    }

    @Test func `the memory for uploads must hold a part`() throws {
        let decoder = try decoder(#""part-size": "64MiB""#)
        let section = try S3Section(from: decoder)
        func context(_ memory: Int) -> StorageDriverContext {
            StorageDriverContext(
                backend: "minio", section: decoder, dataDirectory: "/nonexistent", uploadMemory: memory, logger: quiet)
        }
        try section.check(context(64 << 20))
        let complaint = try #require(complaint { try section.check(context(63 << 20)) })
        #expect(complaint.path == "part-size")
        #expect(complaint.text.contains("limits.upload-memory, 63MiB, does not hold a part of 64MiB"))
    }
}
