import Synchronization
import Testing

/// Collections beside clients that push what is being collected.
struct GarbageRaceTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    @Test func `whatever a manifest was taken for can be pulled, however often its blobs were collected`() throws {
        let server = try Server(settings: ["gc.interval=20ms", "gc.grace=0s"])
        let config = Array("{}".utf8)
        // Everybody pushes the same few layers.
        let layers = (0..<3).map { _ in randomBytes(2000) }
        let stop = Atomic(false)
        let results = concurrently(5) { index -> Int in
            if index == 4 {
                defer { stop.store(true, ordering: .relaxed) }
                for _ in 0..<8 {
                    let result = try server.uncheckedGC(["gc.grace=0s"])
                    // The server may be at it.
                    guard [.code(0), .code(69)].contains(result.exit) else { throw CommandFailed(result: result) }
                }
                return 0
            }
            let (client, repository) = (Client(server), uniqueRepository())
            var taken = 0
            var round = 0
            while !stop.load(ordering: .relaxed) || taken == 0 {
                round += 1
                let layer = layers[(index + round) % layers.count]
                try client.pushBlob(config, to: repository)
                try client.pushBlob(layer, to: repository)
                let image = Manifest.image(config: config, layers: [layer])
                let response = try client.putManifest(image, to: repository, as: "v1")
                guard response.status == 201 else {
                    // Without a grace a blob may be gone by now. That is told, and nothing else.
                    guard response.errors.first?.code == "MANIFEST_BLOB_UNKNOWN" else {
                        throw UnexpectedResponse(what: "neither taken nor refused", response: response)
                    }
                    continue
                }
                taken += 1
                for blob in [config, layer] {
                    guard try client.pullBlob(sha256(blob), from: repository) == blob else {
                        throw Broken(description: "a manifest's blob \(sha256(blob)) is gone")
                    }
                }
                guard try client.delete("/v2/\(repository)/manifests/\(image.digest)").status == 202 else {
                    throw Broken(description: "the manifest is gone")
                }
            }
            return taken
        }
        for result in results.dropLast() { #expect(try result.get() > 0) }
        _ = try results.last?.get()
        #expect(!server.log.contains(" error "), "\(server.log)")
        // In the end nothing is needed, and nothing is left.
        try eventually("that everything goes") { try server.storedBlobs().isEmpty }
    }
}
