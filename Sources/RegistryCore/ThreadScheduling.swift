internal import CLinux
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// For the beginning of a thread that waits for disks most of the time: that it has something to do again is no reason to
/// interrupt a thread that is answering somebody (SCHED_BATCH). A push of a small image has some twenty such moments.
package func letOthersGoFirst() {
    // 0: this thread. Where a sandbox forbids it, everything works all the same.
    var parameters = sched_param()
    _ = sched_setscheduler(0, registryd_sched_batch, &parameters)
}
