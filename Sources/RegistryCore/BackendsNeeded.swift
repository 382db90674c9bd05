/// Backends that are not in the configuration (any more), and that cannot be done without.
package struct BackendsNeeded: Error, Hashable, CustomStringConvertible {
    /// By the backend's name: how many blobs are there and nowhere else.
    package var blobs: [String: Int] = [:]
    /// By the backend's name: how many uploads are under way to it.
    package var uploads: [String: Int] = [:]
    /// Where blobs may go instead.
    package var active: String

    package var description: String {
        let lines =
            blobs.sorted { $0.key < $1.key }.map { name, count in
                let (are, them) = count == 1 ? ("blob is", "it") : ("blobs are", "them")
                return "storage.backends lacks “\(name)”, and \(count.grouped) \(are) nowhere else: put it back, "
                    + "and move \(them) before it goes: registryd migrate --from \(name) --to \(active)"
            }
            + uploads.sorted { $0.key < $1.key }.map { name, count in
                "storage.backends lacks “\(name)”, and \(count.grouped) \(count == 1 ? "upload is" : "uploads are") under "
                    + "way to it: put it back, and wait until they are through, or idle for limits.upload-idle"
            }
        return lines.joined(separator: "\n")
    }
}

extension MetadataStore {
    /// Throws ``BackendsNeeded`` when a blob is on none of the backends that are called so, or an upload is under way to one of
    /// `leaving`. `active`: where blobs may go.
    package func checkNeeded(beside names: [String], active: String, leaving: [String] = []) async throws {
        var needed = BackendsNeeded(active: active)
        // The uploads first: one that ends in between is a blob then.
        for name in leaving {
            let count = try await countUploads(on: name)
            if count > 0 { needed.uploads[name] = count }
        }
        needed.blobs = try await blobsNeeding(backendsOtherThan: names).filter { $0.value > 0 }
        guard needed.blobs.isEmpty, needed.uploads.isEmpty else { throw needed }
    }
}
