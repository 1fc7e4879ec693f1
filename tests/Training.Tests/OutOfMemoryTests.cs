using AdvSeg.Core.Runs;
using AdvSeg.Training.Native;

namespace AdvSeg.Training.Tests;

/// <summary>The texts are those of libtorch 2.10: c10/cuda/CUDACachingAllocator.cpp, c10/core/impl/alloc_cpu.cpp, ATen/cuda/Exceptions.h.</summary>
public sealed class OutOfMemoryTests
{
    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB", FailureClass.GpuOutOfMemory)]
    [InlineData("CUDA error: out of memory", FailureClass.GpuOutOfMemory)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", FailureClass.GpuOutOfMemory)]
    [InlineData("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 "
        + "bytes. Error code 12 (Cannot allocate memory)", FailureClass.HostOutOfMemory)]
    [InlineData("std::bad_alloc", FailureClass.HostOutOfMemory)]
    [InlineData("CUDA error: device-side assert triggered", null)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4)", null)]
    public void ClassOf_WordsOfAnAllocator_TellsWhoseMemoryItWas(string message, FailureClass? expected) =>
        Assert.Equal(expected, OutOfMemory.ClassOf(new InvalidOperationException(message)));

    [Fact]
    public void ClassOf_TheRuntimesOwnException_IsTheHosts()
    {
        Exception e = Assert.ThrowsAny<OutOfMemoryException>(() => GC.AllocateUninitializedArray<long>(int.MaxValue));

        Assert.Equal(FailureClass.HostOutOfMemory, OutOfMemory.ClassOf(e));
    }

    [Fact]
    public void ClassOf_WhatLibtorchReallyThrows_IsTheHosts()
    {
        Exception e = Assert.ThrowsAny<Exception>(() => TorchSharp.torch.empty([1L << 48], TorchSharp.torch.uint8));

        Assert.Equal(FailureClass.HostOutOfMemory, OutOfMemory.ClassOf(e));
    }
}
