//! In assembly, which may do what no compiler does.

use std::arch::global_asm;

unsafe extern "C" {
    safe fn a_falls_off();
}

global_asm!(
    r#"
.macro begin name
    .globl \name
    .type \name, @function
\name:
.endm
.macro end name
    .size \name, . - \name
.endm
.text
begin clean
    lea rax, [rdi + rdi*2]
    ret
end clean
begin dirty
    sub rsp, 8
    call malloc@PLT
    add rsp, 8
    ret
end dirty

    .globl a_falls_off
    .type a_falls_off, @function
a_falls_off:
    mov edi, 8
end a_falls_off
begin behind_falls_off
    jmp dirty
end behind_falls_off

    .globl a_last_call
    .type a_last_call, @function
a_last_call:
    push rbx
    mov ebx, 3
    call clean
end a_last_call
begin behind_last_call
    pop rbx
    jmp dirty
end behind_last_call

    .globl a_push_ret
    .type a_push_ret, @function
a_push_ret:
    lea rax, [rip + dirty]
    push rax
    ret
end a_push_ret

    .globl a_overwrites_return
    .type a_overwrites_return, @function
a_overwrites_return:
    lea rax, [rip + dirty]
    mov [rsp], rax
    ret
end a_overwrites_return

    .globl a_overwrites_half_of_return
    .type a_overwrites_half_of_return, @function
a_overwrites_half_of_return:
    lea rax, [rip + dirty]
    mov dword ptr [rsp], eax
    ret
end a_overwrites_half_of_return

    .globl a_exchanges_return
    .type a_exchanges_return, @function
a_exchanges_return:
    lea rax, [rip + dirty]
    xchg [rsp], rax
    ret
end a_exchanges_return

    .globl a_adds_to_return
    .type a_adds_to_return, @function
a_adds_to_return:
    add qword ptr [rsp], 16
    ret
end a_adds_to_return

    .globl a_vector_over_return
    .type a_vector_over_return, @function
a_vector_over_return:
    movups [rsp - 8], xmm0
    ret
end a_vector_over_return

    .globl a_overwrites_return_then_jumps
    .type a_overwrites_return_then_jumps, @function
a_overwrites_return_then_jumps:
    lea rax, [rip + dirty]
    mov [rsp], rax
    jmp clean
end a_overwrites_return_then_jumps

    .globl a_moves_stack
    .type a_moves_stack, @function
a_moves_stack:
    lea rax, [rip + dirty]
    mov [rdi], rax
    mov rsp, rdi
    ret
end a_moves_stack

    .globl a_returns_deeper
    .type a_returns_deeper, @function
a_returns_deeper:
    sub rsp, 16
    lea rax, [rip + dirty]
    mov [rsp], rax
    ret 8
end a_returns_deeper

    .globl a_leaves
    .type a_leaves, @function
a_leaves:
    lea rax, [rip + dirty]
    push rax
    push rax
    mov rbp, rsp
    leave
    ret
end a_leaves

    .globl a_into_the_middle
    .type a_into_the_middle, @function
a_into_the_middle:
    sub rsp, 8
    jmp dirty + 4
end a_into_the_middle

    .globl a_branches_into_the_middle
    .type a_branches_into_the_middle, @function
a_branches_into_the_middle:
    sub rsp, 8
    test rdi, rdi
    jne dirty + 4
    add rsp, 8
    ret
end a_branches_into_the_middle

    .globl a_into_an_instruction
    .type a_into_an_instruction, @function
a_into_an_instruction:
    jmp 1f + 2
1:  .byte 0x48, 0xb8
    jmp dirty
    .byte 0, 0, 0, 0
    ret
end a_into_an_instruction

    .globl a_calls_an_address
    .type a_calls_an_address, @function
a_calls_an_address:
    push rbx
    lea rbx, [rip + clean]
    add rbx, rdi
    call rbx
    pop rbx
    ret
end a_calls_an_address

    .globl a_after_a_call
    .type a_after_a_call, @function
a_after_a_call:
    sub rsp, 8
    lea rax, [rip + clean]
    call gives_another
    add rsp, 8
    jmp rax
end a_after_a_call
begin gives_another
    lea rax, [rip + dirty]
    ret
end gives_another

    .globl a_where_ways_meet
    .type a_where_ways_meet, @function
a_where_ways_meet:
    test edi, edi
    je 1f
    mov rax, rsi
    jmp 2f
1:  lea rax, [rip + clean]
    jmp 2f
    ud2
2:  jmp rax
end a_where_ways_meet

    .globl a_where_slots_meet
    .type a_where_slots_meet, @function
a_where_slots_meet:
    sub rsp, 8
    lea rax, [rip + clean]
    test edi, edi
    je 1f
    mov [rsp], rsi
    jmp 2f
1:  mov [rsp], rax
    jmp 2f
    ud2
2:  pop rax
    jmp rax
end a_where_slots_meet

    .globl a_published_where_ways_meet
    .type a_published_where_ways_meet, @function
a_published_where_ways_meet:
    sub rsp, 24
    lea rcx, [rsp]
    test edi, edi
    je 1f
    mov rcx, rdx
    jmp 2f
1:  jmp 2f
    ud2
2:  mov [rsi], rcx
    lea rax, [rip + clean]
    mov [rsp], rax
    call [rsp]
    add rsp, 24
    ret
end a_published_where_ways_meet

    .globl a_register_in_parts
    .type a_register_in_parts, @function
a_register_in_parts:
    lea rax, [rip + clean]
    mov al, dil
    mov ah, cl
    jmp rax
end a_register_in_parts

    .globl a_half_a_register
    .type a_half_a_register, @function
a_half_a_register:
    lea rax, [rip + clean]
    mov ecx, eax
    xor eax, eax
    lea rax, [rcx + rdi]
    jmp rax
end a_half_a_register

    .globl a_exchanges_registers
    .type a_exchanges_registers, @function
a_exchanges_registers:
    lea rax, [rip + clean]
    lea rcx, [rip + dirty]
    xchg rax, rcx
    jmp rax
end a_exchanges_registers

    .globl a_exchange_and_add
    .type a_exchange_and_add, @function
a_exchange_and_add:
    lea rax, [rip + clean]
    mov rcx, rdi
    xadd rax, rcx
    jmp rax
end a_exchange_and_add

    .globl a_multiplies
    .type a_multiplies, @function
a_multiplies:
    lea rdx, [rip + clean]
    mov rax, rdi
    mul rsi
    jmp rdx
end a_multiplies

    .globl a_repeats
    .type a_repeats, @function
a_repeats:
    sub rsp, 24
    lea rax, [rip + clean]
    mov [rsp + 8], rax
    mov rax, rsi
    lea rdi, [rsp]
    mov ecx, 2
    rep stosq
    call [rsp + 8]
    add rsp, 24
    ret
end a_repeats

    .globl a_through_a_vector
    .type a_through_a_vector, @function
a_through_a_vector:
    sub rsp, 24
    lea rax, [rsp]
    movq xmm0, rax
    movq [rdi], xmm0
    lea rax, [rip + clean]
    mov [rsp], rax
    mov rcx, [rdi]
    mov [rcx], rsi
    call [rsp]
    add rsp, 24
    ret
end a_through_a_vector

    .globl a_masked_stack
    .type a_masked_stack, @function
a_masked_stack:
    push rbp
    mov rbp, rsp
    sub rsp, 64
    lea rax, [rip + clean]
    mov [rbp - 64], rax
    mov rcx, rsp
    and rcx, -16
    mov [rcx], rdi
    call [rbp - 64]
    leave
    ret
end a_masked_stack

    .globl a_callee_takes_its_arguments_for_its_own
    .type a_callee_takes_its_arguments_for_its_own, @function
a_callee_takes_its_arguments_for_its_own:
    sub rsp, 24
    lea rax, [rip + clean]
    mov [rsp], rax
    call writes_its_argument
    call [rsp]
    add rsp, 24
    ret
end a_callee_takes_its_arguments_for_its_own
begin writes_its_argument
    lea rax, [rip + dirty]
    mov [rsp + 8], rax
    ret
end writes_its_argument

    .globl a_table_without_a_bound
    .type a_table_without_a_bound, @function
a_table_without_a_bound:
    lea rcx, [rip + table]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
end a_table_without_a_bound

    .globl a_table_from_the_middle
    .type a_table_from_the_middle, @function
a_table_from_the_middle:
    lea rcx, [rip + middle]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
4:  ret
5:  jmp dirty
end a_table_from_the_middle

    .globl a_table_of_a_byte
    .type a_table_of_a_byte, @function
a_table_of_a_byte:
    movzx edi, dil
    lea rcx, [rip + wide]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
6:  ret
7:  jmp dirty
end a_table_of_a_byte

    .globl a_table_into_an_instruction
    .type a_table_into_an_instruction, @function
a_table_into_an_instruction:
    and edi, 1
    lea rcx, [rip + inside]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
8:  ret
9:  .byte 0x48, 0xb8
    jmp dirty
    .byte 0, 0, 0, 0
    ret
end a_table_into_an_instruction

    .globl a_table_with_a_bound
    .type a_table_with_a_bound, @function
a_table_with_a_bound:
    cmp rdi, 3
    ja 1f
    lea rcx, [rip + table]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
1:  ret
end a_table_with_a_bound

    .globl a_table_with_a_bound_on_a_part
    .type a_table_with_a_bound_on_a_part, @function
a_table_with_a_bound_on_a_part:
    cmp dil, 1
    ja 1f
    lea rcx, [rip + table]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
1:  ret
end a_table_with_a_bound_on_a_part

    .globl a_table_with_a_sign
    .type a_table_with_a_sign, @function
a_table_with_a_sign:
    cmp rdi, 1
    jg 1f
    lea rcx, [rip + table + 8]
    movsxd rax, dword ptr [rcx + rdi*4]
    lea rcx, [rip + table]
    add rax, rcx
    jmp rax
1:  ret
end a_table_with_a_sign

    .globl a_table_with_an_old_bound
    .type a_table_with_an_old_bound, @function
a_table_with_an_old_bound:
    cmp rdi, 1
    test rsi, rsi
    ja 1f
    lea rcx, [rip + table]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
1:  ret
end a_table_with_an_old_bound

    .globl a_table_with_a_bound_on_what_changes
    .type a_table_with_a_bound_on_what_changes, @function
a_table_with_a_bound_on_what_changes:
    cmp rdi, 1
    mov rdi, rsi
    ja 1f
    lea rcx, [rip + table]
    movsxd rax, dword ptr [rcx + rdi*4]
    add rax, rcx
    jmp rax
1:  ret
end a_table_with_a_bound_on_what_changes

    .globl a_writable_table
    .type a_writable_table, @function
a_writable_table:
    and edi, 1
    lea rcx, [rip + changes]
    jmp [rcx + rdi*8]
end a_writable_table

    .globl a_raw_pages
    .type a_raw_pages, @function
a_raw_pages:
    mov eax, 9
    syscall
    ret
end a_raw_pages

    .globl a_raw_unknown
    .type a_raw_unknown, @function
a_raw_unknown:
    mov rax, rdi
    syscall
    ret
end a_raw_unknown

    .globl a_old_interrupt
    .type a_old_interrupt, @function
a_old_interrupt:
    mov eax, 45
    int 0x80
    ret
end a_old_interrupt

    .globl a_false_trap
    .type a_false_trap, @function
a_false_trap:
    sub rsp, 8
    call looks_like_a_trap
    call dirty
    add rsp, 8
    ret
end a_false_trap
begin looks_like_a_trap
    test rdi, rdi
    jne 1f
    ud2
1:  ret
end looks_like_a_trap

    .globl a_loops_and_ends
    .type a_loops_and_ends, @function
a_loops_and_ends:
    mov rcx, rdi
1:  loop 1b
    jrcxz 2f
    ret
2:  jmp dirty
end a_loops_and_ends

    .globl a_cuts_an_address
    .type a_cuts_an_address, @function
a_cuts_an_address:
    sub rsp, 24
    lea rax, [rip + clean]
    mov [rsp], rax
    mov ecx, esp
    mov [ecx], rdi
    call [rsp]
    add rsp, 24
    ret
end a_cuts_an_address

    .globl a_data_in_code
    .type a_data_in_code, @function
a_data_in_code:
    jmp 1f
    .quad 0x90909090c3c3c3c3
1:  jmp dirty
end a_data_in_code

.section .rodata
.balign 4
table:
    .long 2f - table
    .long 2f - table
    .long 3f - table
    .long 2f - table
    .long 5b - middle
middle:
    .long 4b - middle
    .long 0
wide:
    .long 6b - wide
    .long 0x40000000
    .long 7b - wide
    .fill 253, 4, 0x40000000
inside:
    .long 8b - inside
    .long 9b + 2 - inside
.data
.balign 8
changes:
    .quad clean
    .quad clean
.text
begin parts
2:  ret
3:  jmp dirty
end parts
"#
);

fn main() {
    a_falls_off();
}
