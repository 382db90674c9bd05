import Foundation
import S3Servers
import Testing

/// Collections on S3: what the bucket holds afterwards.
struct GarbageOrphanS3Tests {
    @Test func `a bucket holds the live blobs and the mark, and what others have in it stays`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let registry = try KeptRegistry(bucket.configuration())
            let server = try registry.serve(settings: ["gc.interval=never"])
            let client = Client(server)
            let images = try server.pushImages(3, to: "kept/app")
            let gone = try client.pushImage(to: "kept/gone", as: "v1")
            try client.pushBlob(randomBytes(6 << 20), to: "kept/app")
            expect(try client.delete("/v2/kept/gone/manifests/\(gone.digest)"), 202)
            #expect(server.stop() == .code(0))

            // Outside the prefix, with a name as ours; and below it, whose prefix lies in this one.
            let outside = S3Bucket(bucket.server)
            try outside.put([1, 2, 3], at: "blobs/" + strayName([1, 2, 3]), in: registry.directory)
            let neighbour = try KeptRegistry(bucket.configuration(["prefix": bucket.prefix + "blobs/"]))
            let other = try neighbour.serve(settings: ["gc.interval=never"])
            let others = try other.pushImages(1, to: "others/app")
            #expect(other.stop() == .code(0))
            try bucket.put([4], at: "blobs/sha256/ab/thesis.tex", in: registry.directory)
            let foreign = try bucket.objects().filter {
                $0.key.contains("/blobs/blobs/") || $0.key.hasSuffix("blobs/registryd-storage")
                    || $0.key.hasSuffix("thesis.tex")
            }
            #expect(foreign.count == 4)
            try bucket.put([5, 6], at: "blobs/" + strayName([5, 6]), in: registry.directory)

            let collecting = try registry.serve(settings: ["gc.interval=50ms", "gc.grace=200ms"])
            let live = try Set(images.flatMap { try $0.blobs() })
            func ours() throws -> [String] {
                let all = try bucket.objects(below: "").map(\.key)
                return all.filter { key in !foreign.contains { $0.key == key } }.map { key in
                    let name = String(key.dropFirst(bucket.prefix.count))
                    let hex = name.split(separator: "/").last?.prefix { $0 != "." } ?? ""
                    return name.hasPrefix("blobs/sha256/") ? "sha256:\(hex)" : name
                }.sorted()
            }
            let expected = (live + ["registryd-storage"]).sorted()
            try eventually("that the rest goes; there is \((try? ours()) ?? []); the log: \(collecting.log)") {
                try ours() == expected
            }
            try collecting.check(images)
            #expect(try Set(bucket.objects()).isSuperset(of: foreign))
            #expect(try outside.objects().count == 1)
            #expect(collecting.stop() == .code(0))
            try neighbour.serve().check(others)
        }
    }

    @Test func `of two registries on one empty bucket the second does not start`() async throws {
        let bucket = S3Bucket(try await StorageServer.rclone.value)
        try await blocking {
            let (registry, second) = (
                try KeptRegistry(bucket.configuration()), try KeptRegistry(bucket.configuration())
            )
            let server = try registry.serve()
            let refused = try second.refusedServe()
            #expect(refused.exit == .code(78), "\(refused)")
            #expect(refused.errors.contains("backend “s3” is another installation's"), "\(refused)")
            #expect(refused.errors.contains("registryd-storage in bucket"), "\(refused)")
            try server.check(try server.pushImages(1, to: "kept/app"))
            try server.crashAndRestart()
            #expect(try second.refusedServe().exit == .code(78))
            // Where blobs ought to be, there is a mark.
            #expect(server.stop() == .code(0))
            let moved = try registry.uncheckedCommand([
                "gc", "--set", "storage.backends.s3.prefix=\(bucket.prefix)elsewhere",
            ])
            #expect(moved.exit == .code(78), "\(moved)")
            #expect(moved.errors.contains("correct `bucket` and `prefix`"), "\(moved)")
            #expect(try bucket.objects(below: "elsewhere").isEmpty)
        }
    }
}

extension KeptImage {
    /// The digests of its config and layers.
    fileprivate func blobs() throws -> [String] {
        let document = try JSONDecoder().decode(ManifestDocument.self, from: Data(manifest.content))
        return ([document.config].compactMap(\.self) + (document.layers ?? [])).map(\.digest)
    }
}
