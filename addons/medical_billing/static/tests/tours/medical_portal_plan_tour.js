import { registry } from "@web/core/registry";

// A patient finds an offer, reads what it costs, and accepts it with a signature.
registry.category("web_tour.tours").add("medical_portal_plan", {
    url: "/my/home",
    steps: () => [
        {
            content: "Open the treatment plans",
            trigger: "a[href*='/my/treatment_plans']:contains('Your Treatment Plans')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the offer",
            trigger: "tr:contains('Proposed') a[href*='/my/treatment_plans/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It says what is done and what it costs",
            trigger: "table[name='treatments'] td:contains('Suture')",
        },
        {
            trigger: "table[name='totals'] .o_total:contains('360.00')",
        },
        {
            content: "Accept it",
            trigger: "a:contains('Accept & Sign')",
            run: "click",
        },
        {
            content: "The name makes the signature",
            trigger: ".modal .o_web_sign_name_and_signature input",
            run: "edit Ada Patient",
        },
        {
            trigger: ".modal canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            content: "Sign",
            trigger: ".modal .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is accepted",
            trigger: ".alert-success:contains('you accepted this plan')",
        },
    ],
});
