using System.Runtime.InteropServices;

namespace RealtimeAdoption.LoadTest;

/// <summary>
/// User and system time of this process (every thread, so the collector's too), to the nanosecond: what a figure 'on one core' means where other work
/// shares the machine. <see cref="System.Diagnostics.Process"/> counts it in hundredths of a second, too coarse for slices of some milliseconds.
/// </summary>
public static class CpuClock
{
    private const int ProcessCpuTime = 2;

    /// <summary>Linux only; NaN elsewhere.</summary>
    public static double Seconds =>
        OperatingSystem.IsLinux() && Read(ProcessCpuTime, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9) : double.NaN;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Read(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
