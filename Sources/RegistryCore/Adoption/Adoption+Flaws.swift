import NIOCore

/// What is wrong with a blob's file.
struct BlobFlaw: Sendable {
    var kind: AdoptionProblem.Kind
    /// `its file has 3 bytes with digest sha256:…`
    var reason: String

    func problem(_ digest: Digest, _ repository: OldRepository) -> AdoptionProblem {
        repository.problem(kind, digest, "is linked here and \(reason)")
    }
}

extension Adoption {
    /// Reads a blob's file. nil: it is what its digest says.
    func flaw(of object: StoredObject, _ digest: Digest) async throws -> BlobFlaw? {
        var hasher = ContentHasher(digest.algorithm)
        do {
            for try await buffer in try await storage.read(object, 0..<object.size).buffers() {
                try Task.checkCancellation()
                hasher.update(buffer)
            }
        } catch let error as StorageError where error.isOfOneObject {
            let kind = error.code == .objectDamaged ? AdoptionProblem.Kind.damaged : .unreadable
            return BlobFlaw(kind: kind, reason: "its file cannot be read: \(error)")
        }
        if hasher.digest == digest { return nil }
        return BlobFlaw(kind: .damaged, reason: "its file has \(object.size) bytes with digest \(hasher.digest)")
    }

    /// The blobs of a manifest whose files were cut off, or are damaged in another way that a listing shows. What was taken of
    /// them is damaged from now on, so that a push replaces it.
    func damagedBlobs(
        of manifest: NewManifest,
        in repository: OldRepository,
        _ inventory: DistributionInventory
    ) async throws -> [AdoptionProblem] {
        var problems: [AdoptionProblem] = []
        for (digest, size) in DescribedSizes(of: manifest).sizes {
            guard let number = inventory.number(of: digest), repository.contents.layers.contains(number),
                case .object(let object) = inventory.data(number), object.size != size,
                try await !hasCopy(of: digest, in: repository.name)
            else { continue }
            // It may be the manifest that is wrong, and then the blob is as good as it was in the old registry.
            guard let flaw = try await flaw(of: object, digest) else { continue }
            problems.append(flaw.problem(digest, repository))
            if flaw.kind == .damaged, !isDryRun {
                _ = try await metadata.noteDamage(flaw.reason, of: digest, at: location(of: object), at: now())
            }
        }
        return problems
    }
}

/// How large a manifest says that its blobs are.
private struct DescribedSizes {
    private(set) var sizes: [(Digest, Int64)] = []

    private struct Document: Decodable {
        struct Descriptor: Decodable {
            var digest: String
            var size: Int64?
        }
        var config: Descriptor?
        var layers: [Descriptor]?
        var blobs: [Descriptor]?
        var manifests: [Descriptor]?
    }

    init(of manifest: NewManifest) {
        // Where an unknown type uses these names in its own way, it says nothing.
        guard let document = try? StrictJSON.decode(Document.self, from: manifest.content.readableBytesView) else {
            return
        }
        let all = [document.layers, document.blobs, document.manifests].flatMap { $0 ?? [] }
        for descriptor in all + (document.config.map { [$0] } ?? []) {
            if let digest = Digest(descriptor.digest), let size = descriptor.size { sizes.append((digest, size)) }
        }
    }
}
