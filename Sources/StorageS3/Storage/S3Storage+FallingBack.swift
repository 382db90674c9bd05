import RegistryCore

extension S3Storage {
    /// The parts that the server has, without the spool file after them.
    func fallBack(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> UploadCheckpoint? {
        guard var saved = try? S3Checkpoint(checkpoint, of: plan.id), let multipart = saved.multipart,
            saved.hasKey(of: plan)
        else { return nil }
        try await checkOpen()
        await live.evict(plan.id)
        guard try await storageErrors({ try await hasParts(of: multipart, saved.partSize) }) else { return nil }
        saved.generation = 0
        saved.stamp = 0
        saved.spooled = 0
        return saved.checkpoint
    }

    private func hasParts(of multipart: S3Checkpoint.Multipart, _ partSize: Int64) async throws -> Bool {
        do {
            let parts = try await client.parts(of: name(of: multipart.key), multipart.uploadID)
            let whole = parts.filter { $0.size == partSize }.map(\.number)
            return Set(1...max(1, multipart.etags.count)).isSubset(of: whole)
        } catch let error as S3Error where error.isNoSuchUpload || error.isNoSuchKey {
            return false
        }
    }
}
