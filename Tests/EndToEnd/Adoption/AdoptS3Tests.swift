import Foundation
import Glibc
import S3Servers
import Testing

/// `registryd adopt` of a docker-registry that has its files in a bucket.
@Suite(.serialized)
struct AdoptS3Tests {
    private struct World: Sendable {
        let bucket: S3Bucket
        let directory: TemporaryDirectory
        let images: OldImages
        let old: DockerRegistry
        let proxy: FaultProxy

        /// rclone's server is one that docker-registry panics over.
        init() async throws {
            let bucket = S3Bucket(try await StorageServer.ceph.value)
            self.bucket = bucket
            directory = try TemporaryDirectory()
            images = OldImages(directory: directory)
            old = try DockerRegistry(bucket, path: "old", in: directory)
            proxy = try FaultProxy(to: bucket.port)
        }

        /// Its own objects are in the same bucket, beside the old registry's.
        func server() throws -> Server {
            try Server(configuration: bucket.configuration(endpoint: proxy.endpoint), directory: directory)
        }

        var command: [String] {
            ["adopt", "--backend", "s3", "--root", "old", "--config", directory("registryd.yaml")]
        }

        /// What of the old registry's was asked for since the last time, by the names in its storage.
        func requests() -> [String] {
            let prefix = "/\(StorageServer.bucket)/\(bucket.prefix)old/docker/registry/v2/"
            return proxy.takeRequests().filter { $0.contains(prefix) }
                .map { $0.replacingOccurrences(of: prefix, with: "") }.sorted()
        }
    }

    @Test func `it is taken over where it is, and no blob is asked for`() async throws {
        let it = try await World()
        try await blocking {
            let many = try it.images.fill(it.old.address)
            let before = try it.bucket.objects(below: "old/")
            #expect(before.count > 50)
            let server = try it.server()
            _ = it.proxy.takeRequests()
            let first = try server.uncheckedCommand(it.command)
            #expect(first.exit == .code(0), "\(first)")
            let asked = it.requests()
            #expect(try it.bucket.objects(below: "old/") == before)

            let all = try RegistryComparison(it.old.port, server.port)
            #expect((all.repositories, all.tags, all.manifests.count) == (3, 5, 7))
            let data = all.manifests.map { manifest in
                let hex = manifest.split(separator: ":").last ?? ""
                return "GET blobs/sha256/\(hex.prefix(2))/\(hex)/data"
            }
            let tags = [
                ("alice/app", "v1"), ("alice/app", "latest"), ("alice/app", "one"), ("team/tools/deep/one", "v1"),
                ("docker", "v2s2"),
            ].map { "GET repositories/\($0)/_manifests/tags/\($1)/current/link" }
            #expect(asked == (data + tags).sorted())
            #expect(try it.images.pull("\(server.address)/alice/app:v1") == many.blobs)
            #expect(try it.bucket.objects() == [])

            #expect(try it.images.pull("\(it.old.address)/alice/app:v1") == many.blobs)
            try it.images.pushMore(it.old.address)
            _ = it.proxy.takeRequests()
            let second = try server.uncheckedCommand(it.command)
            #expect(second.exit == .code(0), "\(second)")
            // The seven tags that there are now, and the manifests that are new.
            #expect(it.requests().count == 7 + 6)
            #expect(try RegistryComparison(it.old.port, server.port).repositories == 4)
            let third = try server.uncheckedCommand(it.command)
            #expect(third.output.hasPrefix("nothing is new"), "\(third)")
        }
    }

    @Test func `an interrupt ends it, and another run takes the rest`() async throws {
        let it = try await World()
        try await blocking {
            try it.images.fill(it.old.address)
            let server = try it.server()
            // The first is the marker of the backend.
            it.proxy.inject(Fault(operation: .getObject, turns: 4..<1_000_000, action: .hang))
            let command = try ChildProcess(try Server.built("registryd"), it.command + ["--data", server.data])
            try eventually("that a request hangs") { it.proxy.applied > 0 }
            command.kill(SIGINT)
            #expect(command.wait(within: .seconds(60)) == .code(1))
            try eventually("that it says so") { command.errors.text.contains("interrupted") }
            it.proxy.clear()
            let again = try server.uncheckedCommand(it.command)
            #expect(again.exit == .code(0), "\(again)")
            #expect(try RegistryComparison(it.old.port, server.port).tags == 5)
        }
    }
}
